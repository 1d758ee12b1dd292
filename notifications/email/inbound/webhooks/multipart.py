"""What are the fields of a provider's form, byte for byte?

The original mail is one of them; decoding it by a guessed charset would change what is kept.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Final
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

FIELDS_AT_MOST: Final = 200


def fields_of(body: bytes, content_type: str) -> Mapping[str, bytes]:
    """The first value of each field; ValueError where it is no form."""
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    found: dict[str, bytes] = {}

    def on_field(field: Field) -> None:
        _put(found, field.field_name, field.value)

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        _put(found, file.field_name, file.file_object.read())
        file.close()

    headers = {"Content-Type": content_type.encode(errors="replace")}
    try:
        parse_form(headers, BytesIO(body), on_field, on_file)
    except FormParserError as error:
        raise ValueError("not a form") from error
    return found


def _urlencoded(body: bytes) -> Mapping[str, bytes]:
    """By way of Latin-1, which is every byte and nothing else."""
    pairs = parse_qsl(
        body.decode("latin-1"), keep_blank_values=True, encoding="latin-1",
        max_num_fields=FIELDS_AT_MOST,
    )  # fmt: skip
    return {name: value.encode("latin-1") for name, value in reversed(pairs)}


def _put(found: dict[str, bytes], name: bytes | None, value: bytes | None) -> None:
    if len(found) >= FIELDS_AT_MOST:
        raise ValueError("too many fields")
    found.setdefault((name or b"").decode(errors="replace"), value or b"")
