"""Rosters that the tests of this room read."""

from functools import cache
from pathlib import Path

from store.roster import Roster, read_roster

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "examples" / "roster.yaml").read_text(encoding="utf-8")
EXAMPLE_CSV = (ROOT / "examples" / "roster.csv").read_text(encoding="utf-8")

SMALL = """\
members:
  - code: BD
    kind: state
    display_name: Bangladesh
    protocol_name: the People's Republic of Bangladesh
    roles: [ad_hoc_group]
    focal_points:
      - rank: duty_officer
        office: Duty office
        zone: Asia/Dhaka
        country: BD
        contacts:
          - {channel: sms, address: "+999 050 400001", verified_on: 2026-11-01}
      - rank: primary
        office: Irregular migration desk
        zone: Asia/Dhaka
        country: BD
        weekend: [fri, sat]
        languages: [en, bn]
        contacts:
          - {channel: sms, address: "+999050100001", verified_on: 2026-11-01}
          - {channel: email, address: desk@mfa.bd.example, verified_on: 2026-11-01}
  - code: AU
    kind: state
    display_name: Australia
    protocol_name: Australia
    roles: [co_chair, steering_group]
    focal_points:
      - rank: primary
        office: Irregular migration desk
        zone: Australia/Sydney
        country: AU
        contacts:
          - {channel: email, address: desk@mfa.au.example}
"""


@cache
def roster(text: str = SMALL, *, source: str = "roster.yaml") -> Roster:
    return read_roster(text, source=source)


def changed(before: str, after: str) -> str:
    assert before in SMALL
    return SMALL.replace(before, after, 1)
