"""Shell words, read and never run: quotes, pipes, redirections, assignments; what this reader does not know it says."""

from msgspec import Struct

WORDS_MAX = 2_000
KEYWORDS = {
    "for",
    "while",
    "until",
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "do",
    "done",
    "case",
    "esac",
    "function",
    "{",
    "}",
    "[[",
    "[",
    "(",
    ")",
}
"""Words that begin a shell's own grammar: loops, conditions, functions."""


class NotShellError(Exception):
    """Text that is no command line that this reader knows."""


class Redirect(Struct, frozen=True):
    """`> file`, `>> file`, `2>&1`, `< file`."""

    sign: str
    target: str


class Simple(Struct, frozen=True):
    """One program with its words. joined: the sign between it and the one before: `|`, `||`, `&&`, `;`, `&`, or nothing."""

    words: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    joined: str = ""


class Script(Struct, frozen=True):
    """One logical line: its programs, and the comment behind them."""

    simples: tuple[Simple, ...]
    comment: str = ""


class _Token(Struct, frozen=True):
    text: str
    sign: bool = False


_SIGNS = (
    "2>&1",
    "&>>",
    "1>&2",
    ">&2",
    "2>>",
    "<<<",
    "&>",
    "2>",
    "1>",
    "||",
    "&&",
    ">>",
    "<<",
    ";;",
    "|",
    ";",
    "&",
    ">",
    "<",
)
_JOINTS = {"|", "||", "&&", ";", "&"}


def read_script(text: str) -> Script:
    """The programs of one logical line (continuations joined). NotShellError with the reason where it is none."""
    tokens, comment = _tokens(text)
    simples: list[Simple] = []
    joined = ""
    here: list[_Token] = []
    for token in tokens:
        if token.sign and token.text in _JOINTS:
            if not here:
                raise NotShellError(f"nothing stands before `{token.text}`")
            simples.append(_simple(here, joined))
            joined, here = token.text, []
        else:
            here.append(token)
    if here:
        simples.append(_simple(here, joined))
    elif joined not in ("", ";", "&"):
        raise NotShellError(f"nothing stands behind `{joined}`")
    return Script(tuple(simples), comment)


def _simple(tokens: list[_Token], joined: str) -> Simple:
    words: list[str] = []
    assignments: list[tuple[str, str]] = []
    redirects: list[Redirect] = []
    waiting = ""
    for token in tokens:
        if token.sign:
            if waiting:
                raise NotShellError(f"`{waiting}` has no file behind it")
            if token.text in ("2>&1", "1>&2", ">&2"):
                redirects.append(Redirect(token.text, ""))
            else:
                waiting = token.text
        elif waiting:
            redirects.append(Redirect(waiting, token.text))
            waiting = ""
        elif not words and _is_assignment(token.text):
            name, _, value = token.text.partition("=")
            assignments.append((name, value))
        else:
            words.append(token.text)
    if waiting:
        raise NotShellError(f"`{waiting}` has no file behind it")
    if words and words[0] in KEYWORDS:
        raise NotShellError(f"the shell's own grammar (`{words[0]}`) is not followed")
    return Simple(tuple(words), tuple(assignments), tuple(redirects), joined)


def _is_assignment(word: str) -> bool:
    name, sign, _ = word.partition("=")
    return bool(sign) and name.isidentifier() and name.isascii()


def _tokens(text: str) -> tuple[list[_Token], str]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text) and len(tokens) < WORDS_MAX:
        letter = text[at]
        if letter in " \t\n":
            at += 1
        elif letter == "#":
            return tokens, text[at:].lstrip("#").strip()
        elif not _is_placeholder(text, at) and (sign := next((one for one in _SIGNS if text.startswith(one, at)), "")):
            tokens.append(_Token(sign, sign=True))
            at += len(sign)
        else:
            word, at = _word(text, at)
            tokens.append(_Token(word))
    return tokens, ""


def _word(text: str, at: int) -> tuple[str, int]:
    """One word from here on, without its quotes, and where it ends."""
    made: list[str] = []
    while at < len(text) and text[at] not in " \t\n":
        letter = text[at]
        if letter == "'":
            end = _closing(text, at, "'")
            made.append(text[at + 1 : end])
            at = end + 1
        elif letter == '"':
            inner, at = _double_quoted(text, at + 1)
            made.append(inner)
        elif letter == "\\":
            made.append(text[at + 1 : at + 2])
            at += 2
        elif text.startswith("$(", at) or letter == "`":
            end = _substitution(text, at)
            made.append(text[at:end])
            at = end
        elif _is_placeholder(text, at):
            end = text.index(">", at) + 1
            made.append(text[at:end])
            at = end
        elif letter in "|&;<>":
            break
        else:
            made.append(letter)
            at += 1
    return "".join(made), at


def _is_placeholder(text: str, at: int) -> bool:
    """`deployment/<name>`: a place to be filled in, not two redirections."""
    end = text.find(">", at)
    inside = text[at + 1 : end]
    return text[at] == "<" and end > at + 1 and not any(letter in " \t<|&;/" for letter in inside)


def _double_quoted(text: str, at: int) -> tuple[str, int]:
    made: list[str] = []
    while at < len(text):
        if text[at] == '"':
            return "".join(made), at + 1
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\"):
            made.append(text[at + 1])
            at += 2
        elif text.startswith("$(", at):
            end = _substitution(text, at)
            made.append(text[at:end])
            at = end
        else:
            made.append(text[at])
            at += 1
    raise NotShellError('a `"` is not closed')


def _substitution(text: str, at: int) -> int:
    """Where `$(…)` or a pair of backticks ends; what is in it is kept as it stands."""
    if text[at] == "`":
        return _closing(text, at, "`") + 1
    depth = 0
    for place in range(at + 1, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise NotShellError("a `$(` is not closed")


def _closing(text: str, at: int, quote: str) -> int:
    end = text.find(quote, at + 1)
    if end < 0:
        raise NotShellError(f"a {quote} is not closed")
    return end
