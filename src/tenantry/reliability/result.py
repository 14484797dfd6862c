"""An outcome as a value: `Ok` with the data, or `Err` with what went wrong.

    match load(name):
        case Ok(user):
            greet(user)
        case Err(error):
            logger.warning("no user", error=error)

What is expected to fail returns one; what is a surprise is still raised. A function says that it
returns `Outcome[User, str]`, which is `Ok[User] | Err[str]`: a type checker then knows every case
of a `match`. `Result[User, str]` is the base of both, enough where nothing is matched.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, Never, NoReturn, TypeAlias, TypeVar, final, overload

import msgspec

T = TypeVar("T")
U = TypeVar("U")
F = TypeVar("F")
X = TypeVar("X", bound=BaseException)
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)


class WrongOutcome(Exception):
    """The data of an `Err` was asked for, or the error of an `Ok`: a mistake in the program."""


class _ErrorOfResult:
    """`Result.error("…")` makes an `Err`; `result.error` is what an `Err` holds."""

    @overload
    def __get__(self, result: None, kind: Any) -> "type[Err[Any]]": ...

    @overload
    def __get__(self, result: "Result[Any, F]", kind: Any) -> F: ...

    def __get__(self, result: "Result[Any, Any] | None", kind: Any) -> Any:
        if result is None:
            return Err
        raise WrongOutcome(f"{result!r} has no error")


class _AbstractStruct(msgspec.StructMeta, ABCMeta):
    """The class of structs that only their subclasses can be made of."""


class Result(msgspec.Struct, Generic[T_co, E_co], metaclass=_AbstractStruct, frozen=True):
    """Either an `Ok` or an `Err`; made by these two, or by the functions here."""

    error = _ErrorOfResult()
    """What went wrong, of an `Err`; an `Ok` raises `WrongOutcome`. On the class: makes an `Err`."""

    @property
    def data(self) -> T_co:
        """What an `Ok` holds; an `Err` raises `WrongOutcome`."""
        raise WrongOutcome(f"{self!r} has no data")

    @abstractmethod
    def is_ok(self) -> bool:
        """Whether it is an `Ok`."""

    def is_err(self) -> bool:
        """Whether it is an `Err`."""
        return not self.is_ok()

    def is_error(self) -> bool:
        """Whether it is an `Err`, in the word of older programs."""
        return not self.is_ok()

    @abstractmethod
    def map(self, function: Callable[[T_co], U]) -> "Result[U, E_co]":
        """Return an `Ok` of what `function` makes of the data; an `Err` as it is."""

    @abstractmethod
    def map_err(self, function: Callable[[E_co], F]) -> "Result[T_co, F]":
        """Return an `Err` of what `function` makes of the error; an `Ok` as it is."""

    @abstractmethod
    def and_then(self, function: "Callable[[T_co], Result[U, F]]") -> "Result[U, E_co | F]":
        """Return what `function`, which may fail too, makes of the data; an `Err` as it is."""

    @abstractmethod
    def unwrap(self) -> T_co:
        """Return the data; an `Err` raises its error, or `WrongOutcome` if it is no exception."""

    @abstractmethod
    def unwrap_or(self, default: U) -> T_co | U:
        """Return the data, or `default` of an `Err`."""

    @staticmethod
    def success(data: T) -> "Ok[T]":
        """Return an `Ok`."""
        return Ok(data)

    @overload
    @staticmethod
    def catch(function: Callable[[], T]) -> "Outcome[T, Exception]": ...

    @overload
    @staticmethod
    def catch(function: Callable[[], T], *kinds: type[X]) -> "Outcome[T, X]": ...

    @staticmethod
    def catch(function: Callable[[], T], *kinds: type[Any]) -> "Outcome[T, Any]":
        """Call `function`; what it raises of these kinds (any `Exception`) becomes an `Err`."""
        expected = kinds or (Exception,)
        try:
            return Ok(function())
        except expected as error:
            return Err(error)

    @overload
    @staticmethod
    async def from_awaitable(awaitable: Awaitable[T]) -> "Outcome[T, Exception]": ...

    @overload
    @staticmethod
    async def from_awaitable(awaitable: Awaitable[T], *kinds: type[X]) -> "Outcome[T, X]": ...

    @staticmethod
    async def from_awaitable(awaitable: Awaitable[T], *kinds: type[Any]) -> "Outcome[T, Any]":
        """Await it; what it raises of these kinds (any `Exception`) becomes an `Err`.

        A cancellation is neither, and goes on.
        """
        expected = kinds or (Exception,)
        try:
            return Ok(await awaitable)
        except expected as error:
            return Err(error)

    @staticmethod
    def all(results: "Iterable[Result[T, F]]") -> "Outcome[list[T], F]":
        """Return an `Ok` of all data in their order, or the first `Err`, looking no further."""
        data = []
        for result in results:
            if isinstance(result, Err):
                return result
            data.append(result.data)
        return Ok(data)


@final
class Ok(Result[T_co, Never], frozen=True):
    """What went well, with `data`."""

    data: T_co

    def is_ok(self) -> bool:
        """Whether it is an `Ok`: yes."""
        return True

    def map(self, function: Callable[[T_co], U]) -> "Ok[U]":
        """Return an `Ok` of what `function` makes of the data."""
        return Ok(function(self.data))

    def map_err(self, function: Callable[[Never], F]) -> "Ok[T_co]":  # noqa: ARG002 - the signature of both
        """Return this."""
        return self

    def and_then(self, function: Callable[[T_co], Result[U, F]]) -> Result[U, F]:
        """Return what `function` makes of the data."""
        return function(self.data)

    def unwrap(self) -> T_co:
        """Return the data."""
        return self.data

    def unwrap_or(self, default: object) -> T_co:  # noqa: ARG002 - the signature of both
        """Return the data."""
        return self.data


@final
class Err(Result[Never, E_co], frozen=True):
    """What went wrong, with `error`: a text, a code, an exception, whatever its caller can use."""

    error: E_co

    def is_ok(self) -> bool:
        """Whether it is an `Ok`: no."""
        return False

    def map(self, function: Callable[[Never], U]) -> "Err[E_co]":  # noqa: ARG002 - the signature of both
        """Return this."""
        return self

    def map_err(self, function: Callable[[E_co], F]) -> "Err[F]":
        """Return an `Err` of what `function` makes of the error."""
        return Err(function(self.error))

    def and_then(self, function: Callable[[Never], Result[U, F]]) -> "Err[E_co]":  # noqa: ARG002 - the signature of both
        """Return this."""
        return self

    def unwrap(self) -> NoReturn:
        """Raise the error, or `WrongOutcome` with it where it is no exception."""
        if isinstance(self.error, BaseException):
            raise self.error
        raise WrongOutcome(f"{self!r} has no data")

    def unwrap_or(self, default: U) -> U:
        """Return `default`."""
        return default


Outcome: TypeAlias = Ok[T] | Err[F]
"""What a function that may fail returns: either of the two, and nothing else."""
