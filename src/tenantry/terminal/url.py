"""Text in URLs."""

from urllib.parse import quote

from tenantry.base.errors import Invalid


def segment(text: str, *, field: str = "name") -> str:
    """Return `text` as one segment of a path; raises `Invalid` for what is no text."""
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError as error:
        raise Invalid(field=field, got=ascii(text), wants="UTF-8") from error
    # A segment of dots means another folder to whoever tidies up a URL, so they are encoded too.
    return encoded.replace(".", "%2E") if text in (".", "..") else encoded
