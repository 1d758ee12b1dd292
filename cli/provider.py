"""Who carries our messages, how do they stand, and which is asked first?"""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cli.desk import AsJson, fail, failing_on, opened, say
from mechanism.vocabulary import Pin

verbs = typer.Typer(no_args_is_help=True, help="Who carries our messages, and how they stand.")


@verbs.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show every provider: whether it is used, its breaker, and what a person has said of it."""
    from convening import providers
    from notifications import registry
    from notifications.outbox import circuit_breaker

    with opened() as installation, installation.database.reading() as session:
        settings, seen = installation.settings, circuit_breaker.standings(session)
        lines = providers.lines(seen, settings, now=installation.now())
    for line in lines:
        shown = f"{line.name:12} {line.channel:6} takes {line.takes}; breaker {line.breaker}; "
        shown += f"pin {line.pin} {line.pinned}".rstrip()
        print(json.dumps(asdict(line)) if as_json else shown)
    if not as_json:
        for name, url in registry.inbound_urls(settings).items():
            say(f"{name} is to bring members' texts to {url}")


@verbs.command()
def pin(
    name: str,
    to: Pin,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
) -> None:
    """Use a provider whatever its breaker says (up), never (down), or as it says (auto)."""
    from convening import providers
    from convening.from_the_host import by_operator

    with (
        failing_on(providers.UnknownProviderError),
        opened() as installation,
        installation.database.transaction() as session,
    ):
        providers.pin(
            session,
            by_operator(installation.now()),
            installation.settings,
            name,
            to,
            reason=reason,
        )
    say(f"{name} is pinned {to.value}")


@verbs.command()
def prefer(
    address: str,
    name: Annotated[str, typer.Argument(help="The provider; empty as its country or domain says.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
) -> None:
    """Ask one provider first for one address."""
    from convening import providers
    from convening.from_the_host import by_operator

    with (
        failing_on(providers.UnknownProviderError),
        opened() as installation,
        installation.database.transaction() as session,
    ):
        count = providers.prefer(
            session,
            by_operator(installation.now()),
            installation.settings,
            address,
            name,
            reason=reason,
        )
    say(f"{count} offices") if count else fail("no office has this address")
