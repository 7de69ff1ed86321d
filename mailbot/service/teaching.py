"""What the bot learns from the desk: what the privacy contact decides about a mail becomes a lesson (`experience`).

A mail that can no longer be read teaches nothing; the decision stands all the same.
"""

from typing import Final

from mailbot.core.cases import Case
from mailbot.core.drafting import random_name
from mailbot.core.errors import LoginRefused, MailboxError
from mailbot.core.experience import DeskLesson
from mailbot.core.mail import Mail
from mailbot.core.rights import Right
from mailbot.service.drafts import fetch_again
from mailbot.service.office import Office

LESSON: Final = "L-"


def learn_from_case(office: Office, case: Case, *, is_request: bool, rights: tuple[Right, ...] = ()) -> None:
    """Remember what the person said of the mail that opened this case; fetches that mail again."""
    first = case.mails[0]
    try:
        mail = fetch_again(office, first, first.placement) if first.placement else None
    except (MailboxError, LoginRefused):
        return
    if mail is not None:
        learn_from_mail(office, mail, case.mailbox, is_request=is_request, rights=rights)


def learn_from_mail(
    office: Office, mail: Mail, mailbox: str, *, is_request: bool, rights: tuple[Right, ...] = ()
) -> None:
    """Remember what the person said of this mail (in memory until the next commit)."""
    signs = office.signs(mail)
    if not signs:
        return
    taken = {lesson.id for lesson in office.register.lessons()}
    while (name := LESSON + random_name(office.randbelow)) in taken:
        pass
    day = office.today
    office.register.keep_lesson(DeskLesson(name, day, mailbox, is_request, rights, signs))
