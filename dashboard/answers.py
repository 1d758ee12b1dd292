"""(its pages follow)."""

from typing import Final

from dashboard.visit import Page

ROUTES: Final[list[Page]] = []
