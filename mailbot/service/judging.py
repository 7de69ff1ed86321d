"""What is made of one mail: whether it was dealt with before, who wrote it, and what follows.

The intake and the sweep ask the same questions; the sweep only shows what the intake would have done.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from mailbot.core.authentication import Trust
from mailbot.core.cases import Case
from mailbot.core.deadlines import local_day
from mailbot.core.deciding import REFERENCE_TAG, Intent, decide, quoted_cases, same_request
from mailbot.core.digest import PURGED_PREFIX, is_digest_id
from mailbot.core.drafting import is_token
from mailbot.core.mail import Automatic, Mail
from mailbot.core.opening import Examined
from mailbot.core.rights import FollowUp
from mailbot.service.finding import answered_by_a_letter_about
from mailbot.service.office import Office

LET_GO: Final = "retention:let-go"  # the local day on which a person was last forgotten
UNFETCHABLE: Final = "unfetchable"  # the server lists the mail but does not hand it out


def original(mail: Mail) -> Mail:
    """The mail as its original sender wrote it, when one of our own people passed it on.

    A forward proves nothing about who wrote: the headers of authentication are dropped, so the sender stays
    unverified. The clock runs from the forward, the only arrival that is known.
    """
    if mail.forwarded is None or Automatic.OWN_ADDRESS not in mail.automatic:
        return mail
    writer = mail.forwarded.sender
    return replace(
        mail,
        sender=writer,
        senders=(writer,) if writer.email else (),
        new_text=mail.forwarded.text,
        forwarded=None,
        reply_to=(),
        headers=(),
        automatic=tuple(signal for signal in mail.automatic if signal is not Automatic.OWN_ADDRESS),
    )


def is_known(office: Office, mail: Mail) -> bool:
    """Whether the register has this mail already, or it is a digest or alarm of ours, full of request words."""
    domains = {address.rpartition("@")[2] for address in office.own_addresses}
    is_ours = is_digest_id(mail.message_id, domains) or is_token(mail.message_id)
    own_list = Automatic.OWN_ADDRESS in mail.automatic and is_ours
    return own_list or office.register.case_of_mail(mail.fingerprint) is not None


def examine(office: Office, mail: Mail, mailbox: str, trust: Trust) -> Examined:
    """What rules and lessons make of a mail, and who wrote it."""
    return Examined(mail, office.classify(mail, office.lessons_of(mailbox)), office.check(mail, trust), mailbox)


def intents_of(office: Office, examined: Examined) -> tuple[Intent, ...]:
    """What is to be done with it."""
    mail, found, sender = examined.mail, examined.classification, examined.sender
    candidates = _candidates(office, mail)
    matching = (*quoted_cases(mail, candidates), *same_request(candidates, found, sender))
    follow_up = office.follow_up(mail, found) if matching else FollowUp.MESSAGE
    return decide(mail, found, sender, matching, follow_up)


def _candidates(office: Office, mail: Mail) -> tuple[Case, ...]:
    """The live cases, and the archived ones whose reference the subject quotes."""
    live = office.register.cases()
    references = {case.reference for case in live}
    tags = [tag for tag in REFERENCE_TAG.findall(mail.subject) if tag not in references]
    return (*live, *(case for tag in tags if (case := office.register.case(tag))))


def was_let_go(office: Office, mail: Mail) -> bool:
    """Whether the mail was answered in a case whose person is forgotten since: it is read again, and no new request.

    Only a letter of ours in Sent proves it, which answers this very mail, and only of a mail that came before: what
    comes after is never kept from being a request. Looks into Sent once anybody was forgotten. Raises `MailboxError`,
    `LoginRefused`.
    """
    last = office.register.note(LET_GO)
    if last is None or local_day(mail.received, office.zone) > date.fromisoformat(last):
        return False
    return any(_is_forgotten(office, reference) for reference in answered_by_a_letter_about(office, mail))


def quotes_a_purged_case(office: Office, mail: Mail) -> bool:
    """Whether the subject names a case that was let go, and the mail came before: a weaker sign of the same."""
    day = local_day(mail.received, office.zone)
    purged = [office.register.note(PURGED_PREFIX + tag) for tag in REFERENCE_TAG.findall(mail.subject)]
    return any(note and day <= date.fromisoformat(note.partition(" ")[0]) for note in purged)


def _is_forgotten(office: Office, reference: str) -> bool:
    case = office.register.case(reference)
    return not case.mails and not case.addressee if case else office.register.is_taken(reference)
