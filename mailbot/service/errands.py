"""What a case asks for beside letters: holds, tasks in the company's systems, notices to processors, and its end.

Each step looks at what is recorded and does what is missing, so that a pass that was cut off is taken up by the next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from mailbot.core.cases import Actor, Case, EventKind, Task
from mailbot.core.deadlines import local_day
from mailbot.core.identity import needs_hold
from mailbot.core.lifecycle import allowed
from mailbot.core.notices import ending, missing_notices, notices_by_request, open_notice
from mailbot.core.opening import reply_language
from mailbot.core.outgoing import HeaderValue, address_value, write_message
from mailbot.core.tasks import missing_tasks
from mailbot.service.drafts import find_token
from mailbot.service.office import Office

_HEADERS: Final = ("references", "from")
CONFIRM: Final = "confirm"
"""The key in words.toml [tasks] of reading what a processor answered."""


def run_errands(office: Office) -> None:
    """Record what is to be done now: needs no mailbox. Raises `RegisterUnwritable`."""
    notices = notices_by_request(office.register.cases())
    for case in office.register.cases():
        own = notices.get(case.reference, ())
        _end(office, _plan_notices(office, _plan_tasks(office, _hold(office, case)), own), own)
    office.register.commit()


def _hold(office: Office, case: Case) -> Case:
    if needs_hold(case) and allowed(case, EventKind.HOLD_SET):
        return office.happen(case, EventKind.HOLD_SET)
    return case


def _plan_tasks(office: Office, case: Case) -> Case:
    missing = missing_tasks(case, office.systems)
    if not missing or not allowed(case, EventKind.TASKS_PLANNED):
        return case
    tasks = tuple(
        Task(id=str(number), token=office.new_id(case), system=system.name, role=system.role, right=right)
        for number, (system, right) in enumerate(missing, start=len(case.tasks) + 1)
    )
    note = ", ".join(f"{task.system}: {task.right}" for task in tasks)
    return office.happen(replace(case, tasks=(*case.tasks, *tasks)), EventKind.TASKS_PLANNED, note=note)


def _plan_notices(office: Office, case: Case, own: Sequence[Case]) -> Case:
    missing = missing_notices(case, own, office.addressees, office.systems)
    if not missing or not allowed(case, EventKind.NOTICES_PLANNED):
        return case
    language = reply_language(office.own_language, office.texts.languages, office.own_language)
    for addressee, right in missing:
        notice = open_notice(
            case, addressee, right, reference=office.free_reference(), language=language, now=office.clock()
        )
        office.register.save(notice)
    names = ", ".join(dict.fromkeys(addressee.name for addressee, _ in missing))
    return office.happen(case, EventKind.NOTICES_PLANNED, note=names)


def _end(office: Office, case: Case, own: Sequence[Case]) -> None:
    resolution = ending(case, own, office.today, office.pace)
    if resolution and allowed(case, EventKind.CLOSED):
        office.happen(replace(case, resolution=resolution), EventKind.CLOSED)


def lay_tasks(office: Office) -> int:
    """Lay every task that has no mail yet in the folder of tasks; returns how many. Raises `MailboxError`."""
    waiting = [
        (case.reference, task)
        for case in office.register.cases()
        for task in case.open_tasks
        if not task.laid and allowed(case, EventKind.TASK_LAID)
    ]
    for reference, task in waiting:
        if case := office.register.case(reference):
            _lay_task(office, case, task)
            office.register.commit()
    return len(waiting)


def _lay_task(office: Office, case: Case, task: Task) -> None:
    desk = office.desk()
    if not find_token(office, task.token, (desk.tasks, desk.done, desk.trash)):
        office.review.append(desk.tasks, _task_mail(office, case, task))
    office.happen(case, EventKind.TASK_LAID, note=task.id)


def _task_mail(office: Office, case: Case, task: Task) -> bytes:
    words = office.texts.words(office.language)
    values = {
        "reference": case.reference,
        "system": task.system,
        "role": task.role,
        "right": task.right,
        "rights": list(case.rights),
        "task": words["tasks"][CONFIRM if case.addressee else task.right],
        "due": case.due,
        "received": local_day(case.received, case.zone),
    }
    subject, text = office.texts.titled(office.language, "task.txt", values)
    headers: dict[str, HeaderValue] = {
        "From": address_value(office.sender),
        "To": address_value(office.sender),
        "Subject": f"{subject} [{case.reference}]",
        "Date": office.clock(),
        "Message-ID": office.new_id(case),
        "References": task.token,
    }
    return write_message(headers, text)


def read_done(office: Office) -> None:
    """Tick the tasks whose mail the person moved to "done". Raises `MailboxError`."""
    desk = office.desk()
    open_tasks = {task.token: (case.reference, task.id) for case in office.register.cases() for task in case.open_tasks}
    for entry in office.review.entries(desk.done, _HEADERS) if open_tasks else ():
        for token in " ".join(entry.values("references")).split():
            if token in open_tasks:
                reference, task = open_tasks[token]
                if case := office.register.case(reference):
                    tick_tasks(office, case, (task,))
    office.register.commit()


def tick_tasks(office: Office, case: Case, ids: Iterable[str]) -> Case:
    """Record that these tasks were done; their mails are taken from the folder of tasks by `clear_stale`."""
    for number in ids:
        case = office.happen(case, EventKind.TASK_DONE, Actor.PERSON, note=number)
    return case
