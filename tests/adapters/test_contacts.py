import resource
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from openpyxl import Workbook

from mailbot.adapters.contacts import AddressBook, ImportReport, import_contacts, load_contacts
from mailbot.core.errors import ConfigurationError, WorldError
from mailbot.core.sender import Contact

ANNA = Contact("anna@example.org", "Anna de Vries")
BEN = Contact("Ben@Example.net", "Ben Bakker")

SHOP_CUSTOMERS = """\
Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code
Anna de Vries,annadv,2026-10-01 10:00,2024-02-03 11:00,anna@example.org,3,120.50,40.17,NL,Delft,ZH,2611 AB
Ben Bakker,ben,2026-09-01 10:00,2023-02-03 11:00,Ben@Example.net,1,20.00,20.00,NL,Den Haag,ZH,2511 AB
Gast,,2026-09-02 10:00,,,1,20.00,20.00,NL,Delft,ZH,2611 AB
"""
USERS = """\
customer_id,username,first_name,last_name,email,role
1,annadv,Anna,de Vries,anna@example.org,customer
2,ben,Ben,Bakker,Ben@Example.net,customer
"""
ORDERS = """\
"order_id","billing_first_name","billing_last_name","billing_email","shipping_city","order_note"
"101","Anna","de Vries","anna@example.org","Delft","Graag bellen, of mail eva@example.com"
"102","Ben","Bakker","Ben@Example.net","Den Haag",""
"103","Anna","de Vries","anna@example.org","Delft",""
"""


def a_file(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def a_workbook(folder: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(list(row))
    path = folder / "list.xlsx"
    workbook.save(path)
    return path


def loaded(path: Path) -> list[Contact]:
    return list(load_contacts([path]))


@pytest.mark.parametrize("export", [SHOP_CUSTOMERS, USERS, ORDERS])
def test_exports_of_a_web_shop_work_as_they_are(tmp_path: Path, export: str) -> None:
    assert loaded(a_file(tmp_path, export)) == [ANNA, BEN]


@pytest.mark.parametrize("delimiter", list(",;\t|"))
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_dialect_is_read(tmp_path: Path, delimiter: str, line_end: str, encoding: str) -> None:
    lines = [
        ["Naam", "E-mail", "Plaats"],
        ["Zoë Müller", "zoe@example.org", "'s-Gravenhage"],
        ["Ben", "b@example.net", ""],
    ]
    text = line_end.join(delimiter.join(line) for line in lines)
    assert loaded(a_file(tmp_path, text.encode(encoding))) == [
        Contact("zoe@example.org", "Zoë Müller"),
        Contact("b@example.net", "Ben"),
    ]


def test_commas_within_a_list_with_semicolons_do_not_confuse(tmp_path: Path) -> None:
    text = (
        "Naam;Adres;Mail\nVries, Anna de;Markt 1, Delft;anna@example.org\nBakker, Ben;Plein 2, Delft;ben@example.net\n"
    )
    assert loaded(a_file(tmp_path, text)) == [
        Contact("anna@example.org", "Vries, Anna de"),
        Contact("ben@example.net", "Bakker, Ben"),
    ]


def test_a_bare_list_of_addresses_is_enough(tmp_path: Path) -> None:
    assert loaded(a_file(tmp_path, "anna@example.org\n\nben@example.net\n")) == [
        Contact("anna@example.org"),
        Contact("ben@example.net"),
    ]


def test_a_workbook_without_a_heading_works(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, [["Anna", 12, "anna@example.org"], ["Ben", 3.5, "ben@example.net"]])
    assert loaded(path) == [Contact("anna@example.org"), Contact("ben@example.net")]


def test_all_sheets_of_a_workbook_count_and_sheets_without_addresses_do_no_harm(tmp_path: Path) -> None:
    path = a_workbook(
        tmp_path,
        [["Voornaam", "Tussenvoegsel", "Achternaam", "E-mailadres"], ["Anna", "de", "Vries", "anna@example.org"]],
        [["Uitleg"], ["Deze lijst is van 2026"]],
        [["E-mail"], ["ben@example.net"]],
    )
    assert loaded(path) == [ANNA, Contact("ben@example.net")]


def test_several_columns_with_addresses_all_count(tmp_path: Path) -> None:
    text = "naam,email,email 2\nAnna,anna@example.org,\nBen,ben@example.net,work@example.net\n"
    assert loaded(a_file(tmp_path, text)) == [
        Contact("anna@example.org", "Anna"),
        Contact("ben@example.net", "Ben"),
        Contact("work@example.net", "Ben"),
    ]


def test_a_column_that_now_and_then_holds_an_address_does_not_count(tmp_path: Path) -> None:
    text = (
        "email,opmerking\nanna@example.org,belt liever\nben@example.net,eva@example.com\ncara@example.org,geen haast\n"
    )
    assert [contact.email for contact in loaded(a_file(tmp_path, text))] == [
        "anna@example.org",
        "ben@example.net",
        "cara@example.org",
    ]


@pytest.mark.parametrize(
    ("cell", "emails"),
    [
        ("Anna <anna@example.org>", ["anna@example.org"]),
        ("mailto:anna@example.org", ["anna@example.org"]),
        ("anna@example.org; ben@example.net", ["anna@example.org", "ben@example.net"]),
        ("\u00a0anna@example.org\u200b ", ["anna@example.org"]),
        ("mail naar anna@example.org", []),
        ("anna@example.org?", []),
        ("änna@example.org", []),
        ("=anna@example.org", []),
        ('=HYPERLINK("mailto:anna@example.org")', []),
        ("+anna@example.org", []),
        ("-anna@example.org", []),
        ("@anna@example.org", []),
    ],
)
def test_a_cell_is_an_address_or_it_is_not(tmp_path: Path, cell: str, emails: list[str]) -> None:
    quoted = cell.replace('"', '""')
    path = a_file(tmp_path, f'email\nfirst@example.com\n"{quoted}"\nlast@example.com\n')
    assert [contact.email for contact in loaded(path)] == ["first@example.com", *emails, "last@example.com"]


def test_a_formula_in_a_workbook_is_never_evaluated(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, [["E-mail"], ["anna@example.org"], ['="ben"&"@example.net"'], ["=A2"]])
    assert loaded(path) == [Contact("anna@example.org")]


def test_a_name_that_looks_like_a_formula_is_left_out(tmp_path: Path) -> None:
    text = "name,email\n\"=cmd|' /C calc'!A0\",anna@example.org\n"
    assert loaded(a_file(tmp_path, text)) == [Contact("anna@example.org")]


def test_only_the_exact_normalised_address_is_found(tmp_path: Path) -> None:
    book = load_contacts([a_file(tmp_path, USERS)])
    assert book.lookup("ben@example.net") == BEN
    assert len(book) == 2
    for other in ("", "Ben@Example.net", "ben@example.ne", "ben+shop@example.net", " ben@example.net", "*"):
        assert book.lookup(other) is None


def test_the_first_entry_of_an_address_counts_and_a_later_one_fills_in_the_name(tmp_path: Path) -> None:
    first = a_file(tmp_path, "Anna@Example.org\n", "first.csv")
    second = a_file(tmp_path, "email,name\nanna@example.org,Anna de Vries\nanna@example.org,Eva\n", "second.csv")
    assert list(load_contacts([first, second])) == [Contact("Anna@Example.org", "Anna de Vries")]


def test_the_bots_own_book_need_not_be_there_yet_but_a_named_file_must(tmp_path: Path) -> None:
    assert len(load_contacts([], tmp_path / "contacts.csv")) == 0
    with pytest.raises(ConfigurationError, match=r"missing\.csv.*check the name"):
        load_contacts([tmp_path / "missing.csv"])


def encrypted() -> bytes:
    """What shows an encrypted workbook: an OLE file with this stream ([MS-OFFCRYPTO] § 2.3)."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(480)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\xef\xbb\xbfnaam,plaats\r\nAnna,Delft\r\n", "no column with e-mail addresses"),
        (b"email\r\n", "no column with e-mail addresses"),
        (b"%PDF-1.7\n\0\0\0", "neither CSV nor a workbook"),
        (b"PK\x03\x04 not a workbook", "not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016), "not a workbook"),
        (encrypted(), "password"),
        (b'name,email\r\n"Anna,anna@example.org\r\nBen,ben@example.net\r\n', "not CSV"),
        (b"email\r\n" + b"x" * 200_000, "not CSV"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_file_and_remedy(tmp_path: Path, content: bytes, what: str) -> None:
    path = a_file(tmp_path, content)
    with pytest.raises(ConfigurationError) as caught:
        load_contacts([path])
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert what in sentence
    assert ";" in sentence
    assert "\n" not in sentence
    assert "example" not in sentence


def test_an_import_makes_a_book_that_only_its_owner_can_read(tmp_path: Path) -> None:
    book = tmp_path / "state" / "contacts.csv"
    report = import_contacts(a_file(tmp_path, SHOP_CUSTOMERS), book)
    assert report == ImportReport(added=2, already=0, skipped=1, column="Email")
    assert book.read_text(encoding="utf-8").splitlines() == [
        "email,name,orders",
        "anna@example.org,Anna de Vries,",
        "Ben@Example.net,Ben Bakker,",
    ]
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    assert [path.name for path in book.parent.iterdir()] == ["contacts.csv"]


ORDERS = """\
bestelnummer;naam;e-mail
LX-20261, LX-20262;Anna;anna@example.org
20263;Ben;ben@example.net
17;Cas;cas@example.com
"""


def test_order_numbers_say_whose_they_are(tmp_path: Path) -> None:
    book = tmp_path / "contacts.csv"
    import_contacts(a_file(tmp_path, ORDERS), book)
    contacts = load_contacts((), book)
    owners = {number: contacts.owner_of(number) for number in ("lx-20261", "LX-20262", "20263", "17", "LX")}
    assert {number: owner.name for number, owner in owners.items() if owner} == {
        "lx-20261": "Anna",
        "LX-20262": "Anna",
        "20263": "Ben",
    }


def test_no_name_in_the_book_is_a_formula(tmp_path: Path) -> None:
    """Customers choose their own names in a web shop, and the book opens in a spreadsheet."""
    book = tmp_path / "contacts.csv"
    import_contacts(a_file(tmp_path, 'email,name,order\na@example.org,"=1+2",@2026\n'), book)
    assert book.read_text(encoding="utf-8").splitlines()[1] == "a@example.org,,"


def test_who_is_forgotten_leaves_the_book_and_nobody_else_does(tmp_path: Path) -> None:
    book = tmp_path / "contacts.csv"
    source = a_file(tmp_path, ORDERS)
    import_contacts(source, book)
    load_contacts((), book).forget("Anna@example.org")
    assert [contact.email for contact in load_contacts((), book)] == ["ben@example.net", "cas@example.com"]
    assert "anna" not in book.read_text(encoding="utf-8").lower()
    for email in ("ben@example.net", "cas@example.com", "nobody@example.net"):
        load_contacts((), book).forget(email)
    assert len(load_contacts((), book)) == 0
    import_contacts(source, book)  # the empty book is still one
    assert len(load_contacts((), book)) == 3


def test_the_companys_own_list_is_never_changed(tmp_path: Path) -> None:
    source = a_file(tmp_path, ORDERS)
    before = source.read_bytes()
    load_contacts([source], tmp_path / "contacts.csv").forget("anna@example.org")
    assert source.read_bytes() == before


def test_importing_again_adds_only_what_is_new(tmp_path: Path) -> None:
    book = tmp_path / "contacts.csv"
    import_contacts(a_file(tmp_path, USERS), book)
    assert import_contacts(a_file(tmp_path, USERS), book) == ImportReport(0, 2, 0, "email")
    more = a_workbook(tmp_path, [["Cara", "cara@example.com"], ["Anna", "ANNA@example.org"], ["Dirk", None]])
    assert import_contacts(more, book) == ImportReport(1, 1, 1, "column 2")
    assert [contact.email for contact in load_contacts([], book)] == [
        "anna@example.org",
        "Ben@Example.net",
        "cara@example.com",
    ]


def test_names_with_every_kind_of_mark_survive_the_book(tmp_path: Path) -> None:
    name = 'Zoë "Zo", van \'t Hof; & zonen'
    source = a_workbook(tmp_path, [["Naam", "E-mail"], [name, "zoe@example.org"]])
    book = tmp_path / "contacts.csv"
    import_contacts(source, book)
    assert loaded(book) == [Contact("zoe@example.org", name)]


def test_a_file_that_cannot_be_used_leaves_the_book_as_it_was(tmp_path: Path) -> None:
    book = tmp_path / "contacts.csv"
    import_contacts(a_file(tmp_path, USERS), book)
    before = book.read_bytes()
    with pytest.raises(ConfigurationError):
        import_contacts(a_file(tmp_path, "naam\nAnna\n"), book)
    assert book.read_bytes() == before


def test_a_book_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    source = a_file(tmp_path, USERS)
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(WorldError, match="the contacts are as they were"):
        import_contacts(source, tmp_path / "state" / "contacts.csv")


@contextmanager
def no_file_longer_than(octets: int) -> Iterator[None]:
    """As a full disk: every write beyond fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_book_and_nothing_else(tmp_path: Path) -> None:
    source, book = a_file(tmp_path, SHOP_CUSTOMERS), tmp_path / "state" / "contacts.csv"
    import_contacts(a_file(tmp_path, "anna@example.org\n", "first.csv"), book)
    before = book.read_bytes()
    with no_file_longer_than(20), pytest.raises(WorldError):
        import_contacts(source, book)
    assert book.read_bytes() == before
    assert [path.name for path in book.parent.iterdir()] == ["contacts.csv"]


def test_an_empty_book_knows_nobody() -> None:
    assert len(AddressBook()) == 0
    assert AddressBook().lookup("") is None
