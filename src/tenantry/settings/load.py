"""Reading the settings from every source, and judging them together."""

import difflib
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream

from tenantry.base.setting import Problem, Setting, SettingsError
from tenantry.settings.model import Settings
from tenantry.settings.parse import is_loopback
from tenantry.settings.table import SETTINGS

CONFIG_FILE = "tenantry.toml"

_BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}


def load_settings(
    environ: Mapping[str, str],
    *,
    cwd: Path,
    overrides: Mapping[str, Any] | None = None,
    is_terminal: bool | None = None,
) -> Settings:
    """Read the settings, the strongest source first: `overrides`, `environ`, `.env`, TOML.

    `overrides` are what the command line said, by variable; None means it said nothing. Both files
    are looked for in `cwd`. Raises `SettingsError` with every problem of every source.
    """
    return _Loading(cwd, is_terminal=is_terminal).load(environ, overrides or {})


class _Loading:
    """One load: the problems so far, and the text and source of each variable."""

    def __init__(self, cwd: Path, *, is_terminal: bool | None) -> None:
        self._cwd = cwd
        self._is_terminal = is_terminal
        self._problems: list[Problem] = []
        self._texts: dict[str, tuple[str, str]] = {}
        self._values: dict[str, Any] = {}

    def load(self, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> Settings:
        # Strongest first, and the first to speak is kept; the TOML file's own path comes from those
        # before it.
        self._take(overrides, source="command line")
        self._take(environ, source="environment")
        self._take(self._read_dotenv(), source=".env")
        self._read_toml()

        for setting in SETTINGS:
            self._parse(setting)
        self._fill_in()
        self._check_together()

        if self._problems:
            raise SettingsError(tuple(self._problems))
        return Settings(**self._values)

    def _take(self, values: Mapping[str, Any], *, source: str) -> None:
        for setting in SETTINGS:
            value = values.get(setting.variable)
            if value is None:
                continue
            text = _as_text(value)
            if text is None:
                got = f"a {type(value).__name__}"
                self._problems.append(Problem(setting.variable, source, got, setting.kind.wants))
                continue
            self._texts.setdefault(setting.variable, (text, source))

    def _read_dotenv(self) -> dict[str, str]:
        path = self._cwd / ".env"
        values: dict[str, str] = {}
        try:
            with path.open(encoding="utf-8") as stream:
                bindings = list(parse_stream(stream))
        except FileNotFoundError:
            return values
        except (OSError, UnicodeDecodeError) as error:
            self._reject_file(".env", str(path), error, "a readable UTF-8 file")
            return values

        for binding in bindings:
            if binding.error:
                # The line itself may hold a secret.
                got = f"line {binding.original.line}, which cannot be read"
                self._problems.append(Problem(".env", str(path), got, "NAME=value on each line"))
            elif binding.key is not None and binding.value is not None:
                values[binding.key] = binding.value
        return values

    def _read_toml(self) -> None:
        named = self._texts.get("TENANTRY_CONFIG", ("", ""))[0]
        path = self._cwd / (named or CONFIG_FILE)
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            if named:
                self._reject_file("TENANTRY_CONFIG", str(path), error, "the path of a TOML file")
            return
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self._reject_file(path.name, str(path), error, "a readable TOML file")
            return

        self._take(self._known(document, source=path.name), source=path.name)

    def _known(self, document: Mapping[str, Any], *, source: str) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, value in document.items():
            variable = key.upper()
            if key not in (variable, variable.lower()) or variable not in _BY_VARIABLE:
                near = difflib.get_close_matches(variable, _BY_VARIABLE, n=1)
                wants = f"a known setting; did you mean {near[0]}?" if near else "a known setting"
                self._problems.append(Problem(key, source, "an unknown name", wants))
            elif variable == "TENANTRY_CONFIG":
                wants = "it in the environment: a file cannot name itself"
                self._problems.append(Problem(key, source, "a value", wants))
            elif variable in known:
                self._problems.append(Problem(variable, source, "it twice", "one spelling of it"))
            else:
                known[variable] = value
        return known

    def _parse(self, setting: Setting) -> None:
        default = (setting.default, "default")
        text, source = self._texts.get(setting.variable, default)
        if not text and source == "default":
            self._values[setting.field] = None
            return
        try:
            self._values[setting.field] = setting.read(text, source=source)
        except SettingsError as error:
            self._problems += error.problems

    def _fill_in(self) -> None:
        values = self._values
        for field in (
            "data_dir",
            "log_file",
            "tenantry_config",
            "clients_dir",
            "jetstream_zstd_dictionary",
            "sync_files_root",
        ):
            if values.get(field) is not None:
                values[field] = (self._cwd / values[field]).absolute()

        if values.get("debug"):
            values["log_level"] = "debug"
        if values.get("log_format") is None:
            values["log_format"] = "pretty" if self._writes_to_terminal() else "json"
        if values.get("clients_dir") is None and values.get("data_dir"):
            values["clients_dir"] = values["data_dir"] / "clients"
        if values.get("collector_tenant") is None:
            values["collector_tenant"] = values.get("default_tenant")
        if values.get("database_url") is None:
            folder = values.get("data_dir")
            values["database_url"] = f"sqlite:///{folder}/tenantry.db" if folder else ""
        elif values["database_url"].startswith("sqlite:///"):
            file = self._cwd / values["database_url"].removeprefix("sqlite:///")
            values["database_url"] = f"sqlite:///{file.absolute()}"

    def _writes_to_terminal(self) -> bool:
        if self._values.get("log_file") is not None:
            return False
        if self._is_terminal is None:
            return sys.stderr is not None and sys.stderr.isatty()
        return self._is_terminal

    def _check_together(self) -> None:
        values = self._values
        low, high = values.get("db_pool_min"), values.get("db_pool_max")
        if low is not None and high is not None and low > high:
            self._contradict("DB_POOL_MIN", str(low), f"at most DB_POOL_MAX, which is {high}")
        if values.get("metrics_port") and values["metrics_port"] == values.get("api_port"):
            wants = "another port than API_PORT, which answers /metrics anyway"
            self._contradict("METRICS_PORT", str(values["metrics_port"]), wants)
        if values.get("tenant_rate_limits") and values.get("api_rate_limit") == 0:
            wants = "an API_RATE_LIMIT above 0, in whose place they are"
            self._contradict("TENANT_RATE_LIMITS", self._texts["TENANT_RATE_LIMITS"][0], wants)
        if not values.get("dev"):
            return

        host = values.get("api_host")
        if host is not None and not is_loopback(host):
            wants = "a loopback address such as 127.0.0.1: with DEV everybody who connects is root"
            self._contradict("API_HOST", repr(host), wants)
        if values.get("node_env") == "production":
            wants = "false where NODE_ENV is production: with DEV everybody who connects is root"
            self._contradict("DEV", "true", wants)

    def _contradict(self, variable: str, got: str, wants: str) -> None:
        source = self._texts.get(variable, ("", "default"))[1]
        self._problems.append(Problem(variable, source, got, wants))

    def _reject_file(self, variable: str, source: str, error: Exception, wants: str) -> None:
        got = error.strerror if isinstance(error, OSError) else str(error)
        self._problems.append(Problem(variable, source, str(got), wants))


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float | Path):
        return str(value)
    if isinstance(value, dict) and all(isinstance(item, int) for item in value.values()):
        return ",".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return None
