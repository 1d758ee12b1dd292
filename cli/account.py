"""Who may sign in, by which link or code, and what is done when all of it is lost?"""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.desk import fail, opened, say
from mechanism.vocabulary import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from store.tables import Account

verbs = typer.Typer(no_args_is_help=True, help="Who may sign in.")


@verbs.command()
def add(
    name: str,
    role: Role,
    member: Annotated[str, typer.Option(help="The government of a co-chair's office.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone in which times are shown.")] = "UTC",
    mailbox: Annotated[str, typer.Option(help="Where its holder is told of break-glass.")] = "",
) -> None:
    """Add an account and print its one-time sign-in link."""
    from convening import accounts

    with opened() as installation, installation.database.transaction() as session:
        made = accounts.create_account(
            session, name, role, member_code=member or None, zone=zone, now=installation.now()
        )
        made.mailbox = mailbox
        token = accounts.new_sign_in_link(session, made, real_now=accounts.real_now())
    print(f"{installation.settings.public_url}/sign-in/{token}")


@verbs.command()
def link(
    name: str,
    *,
    lost: Annotated[bool, typer.Option("--lost", help="End its passkeys, app and codes.")] = False,
) -> None:
    """Print a fresh one-time sign-in link, good for a quarter of an hour."""
    from convening import accounts
    from dashboard.accounts import second_factor

    with opened() as installation, installation.database.transaction() as session:
        account, real_now = _named(session, name), accounts.real_now()
        if lost:
            second_factor.forget(session, account.id, real_now=real_now)
            accounts.note_all_lost(session, account, now=installation.now())
        token = accounts.new_sign_in_link(session, account, real_now=real_now)
    print(f"{installation.settings.public_url}/sign-in/{token}")


def _named(session: "Session", name: str) -> "Account":
    from sqlalchemy import select

    from store.tables import Account

    found = session.scalars(select(Account).where(Account.name == name)).first()
    return found or fail(f"no account {name!r}")


@verbs.command()
def sso(name: str, issuer: str, subject: str) -> None:
    """Link an account to what its government's identity provider calls its holder."""
    from dashboard.accounts.sso import link as link_identity

    with opened() as installation, installation.database.transaction() as session:
        account = _named(session, name)
        link_identity(session, account, issuer, subject, now=installation.now())
    say(f"{name} signs in by {issuer}")


@verbs.command("break-glass")
def break_glass() -> None:
    """Print a code in two halves, to be sealed and kept apart, one by each government."""
    from convening import accounts
    from dashboard.accounts.break_glass import seal

    with opened() as installation, installation.database.transaction() as session:
        halves = seal(session, key=installation.settings.key, real_now=accounts.real_now())
    print("\n".join(halves))


@verbs.command()
def codes(name: str) -> None:
    """Print ten new codes for an account, each good once; those from before open nothing."""
    from convening import accounts
    from dashboard.accounts import second_factor

    with opened() as installation, installation.database.transaction() as session:
        account = _named(session, name)
        printed = second_factor.print_codes(session, account.id, key=installation.settings.key)
        accounts.note_codes_printed(session, account, now=installation.now())
    print("\n".join(printed))
