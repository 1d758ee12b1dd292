"""What do the pages of a meeting have in common?"""

from typing import Final

from dashboard.web.layout import Band, band_of, review_band
from mechanism.lifecycle import ACTIVATION_ENDS
from store.tables import Activation

DONE: Final = {
    "sent": "The meeting is fixed, and the invitations are on their way.",
    "changed": "The meeting is changed, and everybody invited is told.",
    "cancelled": "The meeting is cancelled, and everybody invited is told.",
    "drafted": "The record was drafted.",
    "adopted": "The record is adopted.",
    "kept": "Written down.",
}


def band_for(activation: Activation) -> Band:
    """Of an open activation, or of one that has ended."""
    shown = review_band if activation.state in ACTIVATION_ENDS else band_of
    return shown(activation.kind, activation.situation.reference)
