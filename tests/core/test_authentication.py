import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.authentication import (
    PASSES,
    Authentication,
    AuthenticationResults,
    Malformed,
    MethodResult,
    Trust,
    Writing,
    authenticate,
    parse,
)

TRUST = Trust("mx.example.com")
OWN = (
    "received",
    "from out.example.org (out.example.org [192.0.2.7]) by mx.example.com with ESMTPS id 1; Mon, 2 Nov 2026",
)
EARLIER = ("received", "from laptop.example.org by out.example.org with ESMTPSA id 2; Mon, 2 Nov 2026 09:00:00 +0100")
A = Authentication


def results(value: str) -> tuple[str, str]:
    return ("authentication-results", value)


def verdict(*above: tuple[str, str], below: Sequence[tuple[str, str]] = (), trust: Trust = TRUST) -> Authentication:
    return authenticate([*above, OWN, *below, EARLIER], "example.org", trust)


# What one field of our own server says about a mail from example.org
ONE_FIELD = [
    ("mx.example.com; dmarc=pass header.from=example.org", A.DMARC_PASS),
    ("mx.example.com 1; dmarc=pass header.from=example.org", A.DMARC_PASS),
    ("MX.Example.COM; DMARC=Pass Header.From=EXAMPLE.ORG", A.DMARC_PASS),
    ('"mx.example.com"; dmarc=pass header.from="example.org"', A.DMARC_PASS),
    ("mx.example.com;\tdmarc = pass (p=none dis=none)\theader.from = example.org", A.DMARC_PASS),
    ("mx.example.com; dmarc=pass (p=reject (nested; dmarc=fail)) header.from=example.org;", A.DMARC_PASS),
    ("(front) mx.example.com (behind) 1 (version); dmarc=pass header.from=example.org", A.DMARC_PASS),
    ("mx.example.com; dmarc=pass policy.dmarc=none header.from=example.org", A.DMARC_PASS),
    ("mx.example.com; spf=fail smtp.mailfrom=x@evil.example; dmarc=pass header.from=example.org", A.DMARC_PASS),
    ('mx.example.com; dmarc=pass reason="a \\"quoted\\"; reason" header.from=example.org', A.DMARC_PASS),
    ("mx.example.com; dmarc/1=pass header.from=example.org", A.DMARC_PASS),
    # DMARC says no, or something else than pass
    ("mx.example.com; dmarc=fail header.from=example.org", A.DMARC_NOT_PASSED),
    ("mx.example.com; dmarc=fail header.from=example.org; dkim=pass header.d=example.org", A.DMARC_NOT_PASSED),
    ("mx.example.com; dmarc=bestguesspass header.from=example.org", A.DMARC_NOT_PASSED),
    ("mx.example.com; dmarc=temperror header.from=example.org; spf=pass smtp.mailfrom=example.org", A.DMARC_NOT_PASSED),
    ("mx.example.com; dmarc=fail (dmarc=pass header.from=example.org) header.from=example.org", A.DMARC_NOT_PASSED),
    ('mx.example.com; dmarc=fail reason="; dmarc=pass header.from=example.org"', A.DMARC_NOT_PASSED),
    # DMARC passed for somebody else
    ("mx.example.com; dmarc=pass header.from=evil.example", A.NOT_ALIGNED),
    ("mx.example.com; dmarc=pass header.from=example.org.evil.example", A.NOT_ALIGNED),
    ("mx.example.com; dmarc=pass header.from=mail.example.org", A.NOT_ALIGNED),
    ("mx.example.com; dmarc=pass", A.NOT_ALIGNED),
    ("mx.example.com; dmarc=pass (header.from=example.org)", A.NOT_ALIGNED),
    # no policy published: SPF and DKIM speak for themselves, and only for the very same domain
    ("mx.example.com; dmarc=none header.from=example.org; dkim=pass header.d=example.org", A.DKIM_ALIGNED),
    ("mx.example.com; dkim=pass header.d=example.org header.s=a header.b=Ab/c+9=", A.DKIM_ALIGNED),
    ("mx.example.com; dkim=pass header.i=@example.org", A.DKIM_ALIGNED),
    ("mx.example.com; dkim=fail header.d=example.org; dkim=pass header.d=example.org", A.DKIM_ALIGNED),
    ("mx.example.com; dkim=pass header.d=list.example; dkim=pass header.d=example.org", A.DKIM_ALIGNED),
    ("mx.example.com; spf=pass smtp.mailfrom=anna@example.org", A.SPF_ALIGNED),
    ("mx.example.com; spf=pass smtp.mailfrom=example.org", A.SPF_ALIGNED),
    ('mx.example.com; spf=pass smtp.mailfrom="a@evil.example"@example.org', A.SPF_ALIGNED),
    ('mx.example.com; spf=pass smtp.mailfrom="a@example.org"@evil.example', A.NOT_ALIGNED),
    ("mx.example.com; spf=pass smtp.mailfrom=anna@evil.example; dkim=pass header.d=evil.example", A.NOT_ALIGNED),
    ("mx.example.com; dkim=pass header.d=mail.example.org", A.NOT_ALIGNED),
    ("mx.example.com; dkim=pass header.d=evil.example header.i=@example.org", A.NOT_ALIGNED),
    ("mx.example.com; spf=pass smtp.helo=example.org", A.NOT_ALIGNED),
    ("mx.example.com; dkim=fail header.d=example.org; spf=softfail smtp.mailfrom=example.org", A.NOTHING_PASSED),
    ("mx.example.com; dkim=neutral header.d=example.org", A.NOTHING_PASSED),
    ("mx.example.com; x-pass=pass header.from=example.org", A.NOTHING_PASSED),
    ("mx.example.com; none", A.NOTHING_PASSED),
    ("mx.example.com 1; none", A.NOTHING_PASSED),
    ("mx.example.com; arc=pass header.from=example.org", A.ARC_ONLY),
    # doubt
    ("mx.example.com 2; dmarc=pass header.from=example.org", A.VERSION_UNKNOWN),
    ("mx.example.com; dmarc=pass header.from=example.org; dmarc=pass header.from=example.org", A.SEVERAL_RESULTS),
    ("mx.example.com; dmarc=pass header.from=example.org; dmarc=fail header.from=example.org", A.SEVERAL_RESULTS),
    ("mx.example.com; spf=pass smtp.mailfrom=example.org; spf=fail smtp.mailfrom=example.org", A.SEVERAL_RESULTS),
    ("mx.example.com; dmarc=pass header.from=evil.example header.from=example.org", A.RESULTS_MALFORMED),
    ("mx.example.com; dmarc=pass header.from=example.org (never closed", A.RESULTS_MALFORMED),
    ("mx.example.com; dmarc=pass) header.from=example.org", A.RESULTS_MALFORMED),
    ('mx.example.com; dmarc=pass header.from="example.org', A.RESULTS_MALFORMED),
    ("mx.example.com; dmarc=pass header.from=", A.RESULTS_MALFORMED),
    ("mx.example.com; ; dmarc=pass header.from=example.org", A.RESULTS_MALFORMED),
    ("mx.example.com; dmarc", A.RESULTS_MALFORMED),
    ("mx.example.com; dmarc=pass example.org", A.RESULTS_MALFORMED),
    ("mx.example.com", A.RESULTS_MALFORMED),
    # somebody else's word
    ("mx.evil.example; dmarc=pass header.from=example.org", A.NO_RESULTS),
    ("mx.example.com.evil.example; dmarc=pass header.from=example.org", A.NO_RESULTS),
    ("evil.example (mx.example.com); dmarc=pass header.from=example.org", A.NO_RESULTS),
    ("mx.example.com mx.evil.example; dmarc=pass header.from=example.org", A.NO_RESULTS),
    ("dmarc=pass header.from=example.org", A.NO_RESULTS),  # Microsoft 365 leaves the authserv-id out
    ("", A.NO_RESULTS),
]


@pytest.mark.parametrize(("field", "expected"), ONE_FIELD)
def test_one_field_is_believed_only_when_it_is_ours_clear_and_about_this_domain(
    field: str, expected: Authentication
) -> None:
    assert verdict(results(field)) is expected


PASSED = results("mx.example.com; dmarc=pass header.from=example.org")


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ([], [], A.NO_RESULTS),
        ([], [PASSED], A.RESULTS_MISPLACED),
        ([PASSED, PASSED], [], A.SEVERAL_RESULTS),
        ([PASSED, results("mx.example.com; spf=fail")], [], A.SEVERAL_RESULTS),
        ([PASSED, results("mx.example.com; (broken")], [], A.SEVERAL_RESULTS),
        ([results("mx.example.com; dmarc=fail")], [PASSED], A.DMARC_NOT_PASSED),
        ([PASSED], [results("mx.example.com; dmarc=fail")], A.DMARC_PASS),
        ([PASSED, results("mx.evil.example; dmarc=fail")], [], A.DMARC_PASS),
        ([("x-authentication-results", PASSED[1])], [], A.NO_RESULTS),
        ([("received-spf", "pass (mx.example.com: domain of anna@example.org)")], [], A.NO_RESULTS),
        ([("arc-authentication-results", f"i=1; {PASSED[1]}")], [], A.ARC_ONLY),
    ],
)
def test_only_what_stands_above_our_own_received_counts(
    above: list[tuple[str, str]], below: list[tuple[str, str]], expected: Authentication
) -> None:
    assert verdict(*above, below=below) is expected


def test_a_forged_received_cannot_lift_forged_results_above_the_border() -> None:
    forged = [PASSED, ("received", "from x by mx.example.com; Mon, 2 Nov 2026 09:00:00 +0100")]
    assert verdict(below=forged) is A.RESULTS_MISPLACED


@pytest.mark.parametrize("name", ["by", "(by", 'by mx.evil.example "', "by mx.example.com ("])
def test_a_greeting_that_looks_like_syntax_does_not_hide_our_own_received(name: str) -> None:
    own = ("received", f"from {name} ([192.0.2.7]) by mx.example.com with ESMTP id 1; Mon, 2 Nov 2026")
    forged = [PASSED, ("received", "from x by mx.example.com; Mon, 2 Nov 2026 09:00:00 +0100")]
    assert authenticate([own, *forged], "example.org", TRUST) is A.RESULTS_MISPLACED


@pytest.mark.parametrize("server", ["mx.example.com.evil.example", "amx.example.com", "mx.example.community"])
def test_a_server_whose_name_only_resembles_ours_is_not_ours(server: str) -> None:
    received = ("received", f"from x by {server}; Mon, 2 Nov 2026 09:00:00 +0100")
    assert authenticate([PASSED, received], "example.org", TRUST) is A.OWN_RECEIVED_MISSING


MICROSOFT = Trust(writing=Writing.MICROSOFT365)
INNER = (
    "received",
    "from DB5EUR03FT011.eop-EUR03.prod.protection.outlook.com by AM6P192CA0048.outlook.office365.com with HTTPS",
)
EDGE = (
    "received",
    "from out.example.org (192.0.2.7) by DB5EUR03FT011.mail.protection.outlook.com (10.152.20.90) with Microsoft SMTP",
)
OF_MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.org; dkim=pass (signature was verified) "
    "header.d=example.org;dmarc=pass action=none header.from=example.org;compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ([INNER, results(OF_MICROSOFT)], [], A.DMARC_PASS),
        ([results(OF_MICROSOFT), INNER], [], A.DMARC_PASS),
        ([INNER], [], A.NO_RESULTS),
        ([INNER], [results(OF_MICROSOFT)], A.RESULTS_MISPLACED),
        ([INNER], [results(OF_MICROSOFT), EDGE], A.RESULTS_MISPLACED),
        ([INNER, results(OF_MICROSOFT), results(OF_MICROSOFT)], [], A.SEVERAL_RESULTS),
        ([INNER, results(OF_MICROSOFT.replace("dmarc=pass", "dmarc=bestguesspass"))], [], A.DMARC_NOT_PASSED),
        ([INNER, results(OF_MICROSOFT.replace("dmarc=pass", "dmarc=fail"))], [], A.DMARC_NOT_PASSED),
        (
            [INNER, results(OF_MICROSOFT.replace("header.from=example.org", "header.from=evil.example"))],
            [],
            A.NOT_ALIGNED,
        ),
        (
            [INNER, results("spf=none; dkim=none; dmarc=none header.from=example.org;compauth=pass reason=130")],
            [],
            A.NOTHING_PASSED,
        ),
        (
            [INNER, results("spf=pass smtp.mailfrom=evil.example; dmarc=none header.from=example.org")],
            [],
            A.NOT_ALIGNED,
        ),
        ([INNER, results("spf=pass (never closed smtp.mailfrom=example.org")], [], A.RESULTS_MALFORMED),
        ([INNER, results(f"mx.evil.example; {OF_MICROSOFT}")], [], A.NO_RESULTS),
        ([INNER, ("authentication-results-original", OF_MICROSOFT)], [], A.NO_RESULTS),
        ([INNER, ("arc-authentication-results", f"i=1; mx.microsoft.com 1; {OF_MICROSOFT}")], [], A.ARC_ONLY),
    ],
)
def test_microsoft_365_is_believed_above_its_own_edge_only(
    above: list[tuple[str, str]], below: list[tuple[str, str]], expected: Authentication
) -> None:
    assert authenticate([*above, EDGE, *below, EARLIER], "example.org", MICROSOFT) is expected


@pytest.mark.parametrize(
    "server",
    ["mail.protection.outlook.com", "x.mail.protection.outlook.com.evil.example", "x.mail.protection.outlook.co"],
)
def test_an_edge_that_only_resembles_microsofts_is_none(server: str) -> None:
    forged = ("received", f"from x by {server} with Microsoft SMTP Server")
    assert authenticate([results(OF_MICROSOFT), forged], "example.org", MICROSOFT) is A.OWN_RECEIVED_MISSING


def test_a_field_without_a_name_counts_in_no_other_mode() -> None:
    assert verdict(results(OF_MICROSOFT)) is A.NO_RESULTS


def test_without_our_own_received_nobody_is_believed() -> None:
    assert authenticate([PASSED], "example.org", TRUST) is A.OWN_RECEIVED_MISSING


def test_the_server_may_have_another_name_in_received() -> None:
    trust = Trust("example.com", received_by="mx.example.com")
    assert verdict(results("example.com; dmarc=pass header.from=example.org"), trust=trust) is A.DMARC_PASS
    assert verdict(PASSED, trust=Trust("mx.example.com", "mx2.example.com")) is A.OWN_RECEIVED_MISSING


def test_hops_inside_the_company_may_stand_above_the_results() -> None:
    delivery = ("received", "from mx.example.com by store.example.com with LMTP id 3; Mon, 2 Nov 2026")
    assert verdict(delivery, PASSED) is A.DMARC_PASS


@pytest.mark.parametrize("trust", [Trust(), Trust(""), Trust(None, "mx.example.com")])
def test_without_a_configured_server_nobody_is_ever_verified(trust: Trust) -> None:
    assert verdict(PASSED, trust=trust) is A.NO_TRUSTED_SERVER


def test_the_passes_are_exactly_the_three_that_align() -> None:
    assert {A.DMARC_PASS, A.DKIM_ALIGNED, A.SPF_ALIGNED} == PASSES


def test_a_field_is_read_as_the_standard_says() -> None:
    assert parse('mx.example.com 1; dkim=pass (good) header.i="@Example.org" header.b=Ab= ; spf=none') == (
        AuthenticationResults(
            "mx.example.com",
            1,
            (
                MethodResult("dkim", "pass", (("header.i", "@example.org"), ("header.b", "ab="))),
                MethodResult("spf", "none"),
            ),
        )
    )


PIECES = st.sampled_from(
    [
        "mx.example.com",
        ";",
        "dmarc",
        "=",
        "pass",
        " ",
        "header.from",
        "example.org",
        '"',
        "(",
        ")",
        "\\",
        "@",
        "1",
        "/",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_any_field_is_either_read_or_malformed(field: str) -> None:
    try:
        read = parse(field)
    except Malformed:
        return
    assert read.authserv_id


@given(st.lists(PIECES, max_size=40).map("".join))
def test_a_field_that_passes_says_pass_for_this_very_domain(field: str) -> None:
    if verdict(results(field)) in PASSES:
        (found,) = parse(field).of("dmarc")
        assert (found.result, found.domain("header.from")) == ("pass", "example.org")


@pytest.mark.parametrize("filler", ["(", '"', "a=b ", "; ", "\\", "(" * 5 + ")", " ", "a.", "="])
def test_an_enormous_field_costs_no_time(filler: str) -> None:
    started = time.process_time()
    verdict(results("mx.example.com; dmarc=pass " + filler * 6000))
    assert time.process_time() - started < 1
