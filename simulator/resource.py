"""What is done alike with every resource of Twilio's API?"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from aiohttp import web

from simulator import rest
from simulator.faults import Api, FaultPlan, Trouble
from simulator.rest import API_VERSION, Allows, Error, Query, SignIn


class ResourceRow(Protocol):
    sid: str


R = TypeVar("R", bound=ResourceRow)


@dataclass(frozen=True)
class ResourceKind(Generic[R]):
    """How one resource differs from the others."""

    name: str  # as in the path
    listing: Mapping[str, Allows]  # the parameters of its list
    fits: Callable[[R, Query], bool]
    rendered: Callable[[R], dict[str, object]]

    @property
    def path(self) -> str:
        return f"/{API_VERSION}/Accounts/{{account}}/{self.name}"


class Resource(ABC, Generic[R]):
    """One resource under an account, which must have signed in; `rows` are its things by SID."""

    def __init__(
        self, kind: ResourceKind[R], rows: dict[str, R], *, sign_in: SignIn, faults: FaultPlan
    ) -> None:
        self._kind = kind
        self._rows = rows
        self._sign_in = sign_in
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        path = self._kind.path
        return [
            web.post(f"{path}.json", self.create),
            web.get(f"{path}.json", self.list, allow_head=False),
            web.get(f"{path}/{{sid}}.json", self.fetch, allow_head=False),
            web.post(f"{path}/{{sid}}.json", self.update),
            web.delete(f"{path}/{{sid}}.json", self.delete),
        ]

    @abstractmethod
    async def create(self, request: web.Request) -> web.Response: ...

    @abstractmethod
    async def update(self, request: web.Request) -> web.Response: ...

    async def list(self, request: web.Request) -> web.Response:
        """The resources that fit, the newest first, by pages."""
        kind, query = self._kind, request.query
        if not self._sign_in.knows(request):
            return rest.error_response(rest.UNKNOWN_ACCOUNT)
        if wrong := rest.misfit(query, kind.listing):
            return rest.error_response(wrong)
        if self._faults.strike(Trouble.LIST_ERROR, query.get("To", ""), api=Api.TWILIO):
            return rest.error_response(rest.AWAY)
        fitting = (row for row in reversed(self._rows.values()) if kind.fits(row, query))
        shown = map(kind.rendered, fitting)
        return rest.ok(rest.page(request.path, query, shown, name=kind.name.lower()))

    async def fetch(self, request: web.Request) -> web.Response:
        row = self._row(request)
        return rest.error_response(row) if isinstance(row, Error) else self._shown(row)

    async def delete(self, request: web.Request) -> web.Response:
        row = self._row(request)
        if isinstance(row, Error):
            return rest.error_response(row)
        if wrong := self._why_kept(row):
            return rest.error_response(wrong)
        del self._rows[row.sid]
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _row(self, request: web.Request) -> R | Error:
        """The one that the path names, or why it cannot be had."""
        if not self._sign_in.knows(request):
            return rest.UNKNOWN_ACCOUNT
        return self._rows.get(request.match_info["sid"], rest.NOT_FOUND)

    def _why_kept(self, row: R) -> Error | None:
        """Why it cannot be forgotten now."""
        return None

    def _shown(self, row: R, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        return rest.ok(self._kind.rendered(row), status)
