"""Requests about who asks: login, logout, refresh, and what a user may say of themselves."""

from typing import Final

from tenantry.sdk.access.model import Principal, Session, User
from tenantry.sdk.access.request import Requests, given, read_nothing, reading, sending
from tenantry.sdk.errors import Invalid
from tenantry.sdk.request import Request

_AUTH: Final = "/api/auth"

# A 429 is not among them: each attempt counts, and another would come too early as well.
_NOTHING_DONE: Final = frozenset({503})
_NOBODY: Final = frozenset({401})


class SignInRequests(Requests):
    """What somebody asks about themselves."""

    def login(
        self,
        *,
        password: str,
        email: str | None = None,
        username: str | None = None,
        tenant: str | None = None,
    ) -> Request[Session]:
        """Show who one is, by e-mail or user name, and return the session.

        It is repeated only where the server was too busy to look at it.
        """
        if (email is None) == (username is None):
            raise Invalid("login: got email and username or neither, wants one of them")
        body = given(
            email=email,
            username=username,
            password=password,
            tenant=tenant or self._acting.given_tenant,
        )
        return sending("POST", f"{_AUTH}/login", body, Session, repeats_after=_NOTHING_DONE)

    def refresh(self, *, tenant: str | None = None) -> Request[Session]:
        """Return a new session in the place of the present one, in `tenant` where that is another.

        It is sent once.
        """
        return sending("POST", f"{_AUTH}/refresh", given(tenant=tenant), Session)

    def logout(self) -> Request[None]:
        """End the session; one that has ended already is no error."""
        return Request(method="POST", target=f"{_AUTH}/logout", accepts=_NOBODY, read=read_nothing)

    def me(self) -> Request[Principal]:
        """Return who asks, and what they may do."""
        return reading(f"{_AUTH}/me", Principal)

    def change_me(
        self,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        username: str | None = None,
        email: str | None = None,
        password: str | None = None,
        current_password: str | None = None,
    ) -> Request[User]:
        """Change what is given about whoever has logged in, and return them; it is sent once.

        E-mail and password want the `current_password`; a new password ends every other session.
        """
        body = given(
            first_name=first_name,
            last_name=last_name,
            username=username,
            email=email,
            password=password,
            current_password=current_password,
        )
        return sending("PATCH", f"{_AUTH}/me", body, User)
