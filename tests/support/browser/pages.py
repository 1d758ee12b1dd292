"""Which pages does each role open?"""

STAFF_PAGES = {
    "Canberra duty desk": (
        "/",
        "/new",
        "/directory",
        "/directory/BD",
        "/directory/sheet",
        "/playbooks",
        "/playbooks/maritime-distress",
        "/exercises",
        "/replies",
        "/account",
    ),
    "Bangkok duty desk": (
        "/",
        "/new",
        "/directory",
        "/directory/BD/change",
        "/exercises",
        "/replies",
        "/review",
    ),
    "Operations desk": ("/", "/accounts"),
    "Audit office": ("/", "/directory", "/exercises", "/review"),
}


PAGES_OF_A_SITUATION = (
    "",
    "/text",
    "/object",
    "/call",
    "/call/BD",
    "/sheet",
    "/meeting",
    "/times?another=1",
    "/times",
    "/record",
)
