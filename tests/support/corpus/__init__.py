"""Mails written for this project, in the manner of many mailers, with what each is and says.

Nothing here was taken from anybody's mailbox: the forms follow the standards and the way in which
mail programs are known to write; the words are ours, the offices are made up.
"""

from tests.support.corpus import calendars, held_out, machines, mischief, persons, responders
from tests.support.corpus.specimen import Specimen


def specimens() -> list[Specimen]:
    """The whole corpus, in the same order every time."""
    return [
        *persons.specimens(),
        *machines.specimens(),
        *responders.specimens(),
        *calendars.specimens(),
        *mischief.specimens(),
        *held_out.specimens(),
    ]
