"""Forms in which boxes are ticked: what was left open was not asked for. The marks are data (rules/any/forms.toml)."""

from dataclasses import dataclass

_BULLETS = " \t>*-–•·"


@dataclass(frozen=True, slots=True)
class FormMarks:
    """How options of a form are marked."""

    ticked: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    yes: frozenset[str] = frozenset()  # words in small letters behind a colon: "Access: yes"
    no: frozenset[str] = frozenset()


def chosen(text: str, marks: FormMarks) -> str:
    """The text without the options that were left open, when at least one was chosen; otherwise all of it."""
    lines = text.split("\n")
    answers = [_answer(line, marks) for line in lines]
    if True not in answers or False not in answers:
        return text
    return "\n".join(line for line, answer in zip(lines, answers, strict=True) if answer is not False)


def _answer(line: str, marks: FormMarks) -> bool | None:
    """Whether the option on this line was chosen; None for a line that is no option."""
    bare = line.strip(_BULLETS)
    if bare.startswith(marks.ticked) or bare.endswith(marks.ticked):
        return True
    if bare.startswith(marks.open) or bare.endswith(marks.open):
        return False
    option, colon, word = bare.rpartition(":")
    said = word.strip(" .").lower()
    if not (colon and option and said in marks.yes | marks.no):
        return None
    return said in marks.yes
