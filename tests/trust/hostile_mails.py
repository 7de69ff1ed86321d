"""Mails that try to be answered somewhere else, drawn at random, each with the truth about who may be answered.

The truth is written down beside every form by hand; nothing here is computed by the program that is tested.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from trust.small_office import MONDAY, SERVER

from mailbot.core.mail import MailSource, PartSource
from mailbot.core.sender import Contact

CONTACTS: Final = (
    Contact("Anna@Example.org", "Anna Geheimwit"),
    Contact("bob.bos@example.org", "Bob Geheimbos"),
    Contact("carla+shop@winkel.example", "Carla Geheimveld"),
    Contact("o'neill@example.net", "Orla Geheimneill"),
    Contact("kim@kelvin.example", "Kim Geheimstra"),
    Contact("DAAN@WERKPLAATS.EXAMPLE", "Daan Geheimhof"),
    Contact("x@sub.example.org", "Xander Geheimman"),
    Contact("fatima_2@example.org", ""),
)
STORED: Final = {contact.email.lower(): contact for contact in CONTACTS}
STRANGERS: Final = ("eve@evil.example", "Eve.Adder@Evil.example", "mallory@example.org", "trudy@examp1e.org")
MARK: Final = "HOSTILEWORDS"
"""Stands in every text, subject and name that a mail chooses; with small letters behind it in its text."""


@dataclass(frozen=True)
class Drawn:
    """One mail, and the truth."""

    source: MailSource
    mark: str  # stands in its text, and in no other mail
    writer: str  # the one address in From, in small letters; "" where nobody may be taken for the writer
    vouched: bool  # our own server says that this mail came from that address's domain

    @property
    def contact(self) -> Contact | None:
        return STORED.get(self.writer)


# --- From: a form makes fields of an address and a name, and says whether that address may count --------------------

Form = tuple[Callable[[str, str], Sequence[str]], bool]


def _other(address: str) -> str:
    return "eve@evil.example" if "evil" not in address else "anna@example.org"


PLAIN: Final[tuple[Form, ...]] = (
    (lambda a, n: [f"{n} <{a}>"], True),
    (lambda a, _: [a], True),
    (lambda a, _: [f"<{a}>"], True),
    (lambda a, n: [f'"{n}" <{a}>'], True),
    (lambda a, _: [f"{a} (comment {MARK})"], True),
    (lambda a, n: [f"  {n}\t<  {a}  >  "], True),
    (lambda a, _: [f'"{_other(a)}" <{a}>'], True),
    (lambda a, _: [f'"{_other(a)} via" <{a}>'], True),
    (lambda a, _: [f"=?utf-8?q?{_other(a).replace('@', '=40')}?= <{a}>"], True),
    (lambda a, _: [f"=?utf-8?q?x=0D=0ABcc=3A_{_other(a).replace('@', '=40')}?= <{a}>"], True),
    (lambda a, _: [f"({_other(a)}) <{a}>"], True),
    (lambda a, _: [f"Team: {a};"], True),
    (lambda a, _: [f"<@relay.evil.example:{a}>"], True),
)
ODD: Final[tuple[Form, ...]] = (
    (lambda a, _: [f"{a}, {_other(a)}"], False),
    (lambda a, _: [f"{_other(a)}, {a}"], False),
    (lambda a, _: [a, _other(a)], False),
    (lambda a, _: [_other(a), a], False),
    (lambda a, _: [a, a], False),
    (lambda a, _: [a, ""], False),
    (lambda a, _: ["", a], False),
    (lambda a, _: ["Team:;", a], False),
    (lambda a, _: [f"<{a}> <{_other(a)}>"], False),
    (lambda a, _: [f"<{a}>, <{a}>"], False),
    (lambda a, _: [f"<{a}> {_other(a)}"], False),
    (lambda a, _: [f"Team: {a}, {_other(a)};"], False),
    (lambda a, n: [f'"{n} <{a}>'], False),
    (lambda a, n: [f"{n} <{a}"], False),
    (lambda a, _: [f"({a}"], False),
    (lambda a, _: [f"{a})"], False),
    (lambda a, _: [f"=?utf-8?q?{a.replace('@', '=40')}?="], False),
    (lambda a, _: [f"=?utf-8?q?=3C{a.replace('@', '=40')}=3E?="], False),
    (lambda a, _: [f"<{a}@evil.example>"], False),
    (lambda a, _: [f"<{a} {_other(a)}>"], False),
    (lambda a, _: [f"<{a}\x00{_other(a)}>"], False),
    (lambda a, _: [f"<{a}>\r\nFrom: <{_other(a)}>"], False),
    (lambda a, _: [f'"{a}"@evil.example'], False),
    (lambda a, _: [f'<"{a.partition("@")[0]} x"@{a.partition("@")[2]}>'], False),
    (lambda a, _: [f"<{a.partition('@')[0]}@[192.0.2.1]>"], False),
    (lambda a, _: [f"<{a.replace('@', '＠')}>"], False),
    (lambda a, _: [f"<{a.lower().replace('a', 'а').replace('o', 'о').replace('e', 'е')}>"], False),  # Cyrillic
    (lambda a, _: [f"<{chr(ord(a[0].lower()) + 0xFEE0)}{a[1:]}>"], False),  # fullwidth: folds to ASCII
    (lambda a, _: [f"<{a.partition('@')[0]}@\u212a{a.partition('@')[2][1:]}>"], False),  # the Kelvin sign
    (lambda a, _: [f"<{a}.>"], False),
    (lambda a, _: [f"<{'x' * 300}{a}>"], False),
    (lambda _a, n: [n], False),
    (lambda _a, _n: ["<>"], False),
    (lambda _a, _n: [""], False),
    (lambda _a, _n: [], False),
    (lambda _a, _n: ["undisclosed-recipients:;"], False),
)  # fmt: skip

# --- lookalikes: what an eye takes for an address on file is somebody else, and may be answered as such -------------

LOOKALIKES: Final[tuple[Callable[[str], str], ...]] = (
    lambda a: a.replace(".org", ".org.evil.example"),
    lambda a: a.replace("m", "rn", 1),
    lambda a: a.replace("a", "4", 1),
    lambda a: a.replace("@", ".@", 1),
    lambda a: a.replace("@", "+x@", 1),
    lambda a: a.replace("@", "@www.", 1),
    lambda a: a.replace("example", "examp1e").replace("EXAMPLE", "EXAMP1E"),
    lambda a: a.replace("@", "-@", 1),
    lambda a: f"x{a}",
    lambda a: a.partition("@")[0] + "@xn--xample-9ve.org",
)

# --- what the mail server said: the fields on top, and whether it vouches for the domain {d} -------------------------

_BY_US: Final = f"Received: from x.example by {SERVER} with ESMTPS id 1; Mon, 2 Nov 2026 09:00:00 +0100"
_BY_OTHERS: Final = "Received: from y.example by z.example with SMTP id 2; Mon, 2 Nov 2026 08:59:00 +0100"
_PASS: Final = f"Authentication-Results: {SERVER}; dmarc=pass header.from={{d}}"

WORDS_OF_THE_SERVER: Final[tuple[tuple[tuple[str, ...], bool], ...]] = (
    ((_PASS, _BY_US), True),
    ((_PASS, _BY_US, _BY_OTHERS), True),
    ((f"Authentication-Results: {SERVER};\r\n\tspf=fail;\r\n\tdmarc=pass header.from={{d}}", _BY_US), True),
    ((f"Authentication-Results: {SERVER}; dkim=pass header.d={{d}}", _BY_US), True),
    ((f"Authentication-Results: {SERVER}; spf=pass smtp.mailfrom=x@{{d}}; dmarc=none", _BY_US), True),
    (("Authentication-Results: attack.example; dmarc=pass header.from={d}", _PASS, _BY_US), True),
    # --- nobody vouches
    ((), False),
    ((_BY_US,), False),
    ((_PASS,), False),
    ((_BY_US, _PASS), False),
    ((_BY_US, _PASS, _BY_US), False),
    ((_BY_US, _PASS, _BY_OTHERS, _PASS), False),
    ((_BY_OTHERS, _PASS), False),
    ((_PASS, _PASS, _BY_US), False),
    ((_PASS, f"Authentication-Results: {SERVER}; dmarc=fail header.from={{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=fail header.from={{d}}", _BY_US, _PASS), False),
    ((f"Authentication-Results: {SERVER}; dmarc=pass header.from=attack.example", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=pass header.from=x.{{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=pass header.from={{d}}.attack.example", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=pass", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=fail (dmarc=pass header.from={{d}})", _BY_US), False),
    ((f'Authentication-Results: {SERVER}; dmarc=fail reason="x; dmarc=pass header.from={{d}}"', _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=fail; dmarc=pass header.from={{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dmarc=bestguesspass header.from={{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dkim=pass header.d=attack.example header.i=x@{{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; spf=pass smtp.helo={{d}} smtp.mailfrom=attack.example", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; dkim=fail header.d={{d}}; spf=softfail smtp.mailfrom={{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER} 2; dmarc=pass header.from={{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}; none", _BY_US), False),
    ((f"Authentication-Results: ({SERVER}) attack.example; dmarc=pass header.from={{d}}", _BY_US), False),
    ((f"Authentication-Results: {SERVER}.attack.example; dmarc=pass header.from={{d}}", _BY_US), False),
    ((f"Authentication-Results: attack.example; dmarc=pass header.from={{d}} ({SERVER})", _BY_US), False),
    (("Authentication-Results: dmarc=pass header.from={d}", _BY_US), False),
    ((f"X-Authentication-Results: {SERVER}; dmarc=pass header.from={{d}}", _BY_US), False),
    ((f"ARC-Authentication-Results: i=1; {SERVER}; dmarc=pass header.from={{d}}", _BY_US), False),
    (("Received-SPF: pass (sender is {d})", _BY_US), False),
    ((_PASS, f"Received: from {SERVER} by attack.example with SMTP; Mon, 2 Nov 2026 09:00:00 +0100"), False),
    ((_PASS, f"Received: from x by {SERVER}.attack.example with SMTP; Mon, 2 Nov 2026 09:00:00 +0100"), False),
)  # fmt: skip

# --- what else a mail can say ---------------------------------------------------------------------------------------

_STEERING: Final = (
    "Reply-To", "Sender", "Cc", "Bcc", "Errors-To", "Resent-From", "Resent-To", "Return-Path", "Mail-Followup-To",
    "Mail-Reply-To", "X-Original-From", "X-Forwarded-For", "Disposition-Notification-To", "Apparently-From",
    "X-Envelope-From", "Delivered-To", "Envelope-To", "X-Sender", "Return-Receipt-To", "Original-From",
)  # fmt: skip
_AUTOMATIC: Final = (
    "Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <x.example.org>", "Return-Path: <>", "X-Loop: x",
)  # fmt: skip
_NAMES: Final = (
    f"Anna {MARK}",
    f"{MARK} Geheimbos",
    f"=?utf-8?q?{MARK}=0D=0ATo=3A_x?=",
    f"{MARK} {{{{ controller.name }}}}",
    f"[[{MARK}]]",
    f"{MARK}, reply to",
)


@dataclass(frozen=True)
class Quotable:
    """What a mail may quote of the cases there are: references, tokens, ids of sent mails."""

    references: Sequence[str]
    ids: Sequence[str]


def draw(random: Random, quotable: Quotable, *, about: Sequence[Contact] = CONTACTS, reports: bool = True) -> Drawn:
    """One mail; `about` are the people on file who write it, or whom it imitates.

    Many are honest in one respect or another, so that every way is walked often.
    """
    address = _address(random, about)
    name = random.choice(_NAMES)
    forms = PLAIN if random.random() < 0.7 else ODD
    make, counts = random.choice(forms)
    froms = make(address, name)
    said, vouches = random.choice(WORDS_OF_THE_SERVER[:6] if random.random() < 0.4 else WORDS_OF_THE_SERVER)
    domain = address.partition("@")[2].lower()
    automatic = [random.choice(_AUTOMATIC)] if random.random() < 0.06 else []
    is_report = reports and random.random() < 0.04
    fields = [
        *(line.replace("{d}", domain) for line in said),
        *(f"From: {value}" for value in froms),
        *automatic,
        *(f"{random.choice(_STEERING)}: {_somebody(random)}" for _ in range(random.randrange(4))),
        *_thread(random, quotable),
        f"Message-ID: <{random.randrange(1 << 48):x}@{random.choice(('example.org', 'evil.example'))}>",
        *(["Content-Type: multipart/report; report-type=delivery-status; boundary=b"] if is_report else []),
    ]
    if random.random() < 0.1:  # what stands where proves nothing below the fields of our own server
        top, rest = fields[: len(said)], fields[len(said) :]
        random.shuffle(rest)
        fields = [*top, *rest]
    returned = f"Message-ID: {random.choice(quotable.ids)}\r\n".encode() if is_report and random.random() < 0.5 else b""
    mark = MARK + "".join(random.choices("bcdfghjk", k=16))  # letters: a number may be taken out of a quote
    text = (f"{mark} [{random.choice(quotable.references)}]" if random.random() < 0.3 else mark).encode()
    source = MailSource(
        header="\r\n".join(fields).encode("utf-8") + b"\r\n\r\n",
        parts=(PartSource("1", "text/plain", "utf-8", size=len(text), body=text),),
        received=MONDAY,
        forwarded_header=returned,
    )
    return Drawn(source, mark, address.lower() if counts else "", vouches and counts)


def _address(random: Random, about: Sequence[Contact]) -> str:
    drawn = random.random()
    if drawn < 0.45:
        email = random.choice(about).email
        return random.choice((email, email.lower(), email.upper()))
    if drawn < 0.7:
        return random.choice(LOOKALIKES)(random.choice(about).email)
    return random.choice(STRANGERS)


def _somebody(random: Random) -> str:
    email = random.choice((*STRANGERS, *(contact.email for contact in CONTACTS)))
    return random.choice((email, f"{MARK} <{email}>", f"<{email}>, eve@evil.example", f"=?utf-8?q?x=0D=0A?= <{email}>"))


def _thread(random: Random, quotable: Quotable) -> list[str]:
    fields = []
    subject = random.choice((MARK, f"Re: {MARK}", f"Fwd: {MARK}"))
    if random.random() < 0.4:
        subject += f" [{random.choice(quotable.references)}]"
    fields.append(f"Subject: {subject}")
    if random.random() < 0.4:
        ids = random.choices((*quotable.ids, "<other@example.org>"), k=random.randrange(1, 4))
        fields.append(f"{random.choice(('References', 'In-Reply-To'))}: {' '.join(ids)}")
    return fields
