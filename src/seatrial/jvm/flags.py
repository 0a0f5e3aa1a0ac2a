"""JVM flags: read them from a command line or an environment text, and compare what was asked for with what runs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

import msgspec

from seatrial.jvm.sizes import KIB, size_bytes


class Source(Enum):
    """Where a flag was read. The JVM applies the first four in this order; the last one given wins."""

    JAVA_TOOL_OPTIONS = "JAVA_TOOL_OPTIONS"
    JDK_JAVA_OPTIONS = "JDK_JAVA_OPTIONS"
    COMMAND_LINE = "command line"
    JAVA_OPTIONS = "_JAVA_OPTIONS"
    PERFDATA = "hsperfdata"  # java.rt.vmArgs: all four inputs, in their order
    MEASURED = "measured in the JVM"  # seen at work, whether or not anybody asked for it
    JCMD = "jcmd"
    GC_LOG = "gc log header"


class Flag(msgspec.Struct, frozen=True):
    """One flag: canonical name, normalised value (sizes in bytes, switches `true` or `false`), the token as written."""

    name: str
    value: str
    token: str
    source: Source


class FlagComparison(msgspec.Struct, frozen=True):
    """One expected flag beside what the JVM has; tokens are masked, `effective` is None where the JVM has none."""

    name: str
    specified: str
    effective: str | None
    source: Source | None
    agrees: bool


MASK = "***"

_ALIASES = {
    "-Xmx": ("MaxHeapSize",),
    "-Xms": ("InitialHeapSize",),
    "-Xss": ("ThreadStackSize",),
    "-Xmn": ("NewSize", "MaxNewSize"),
    # The launcher still takes these (libjli/java.c, AddOption).
    "-mx": ("MaxHeapSize",),
    "-ms": ("InitialHeapSize",),
    "-ss": ("ThreadStackSize",),
}
_ALIAS = re.compile(r"(-Xmx|-Xms|-Xss|-Xmn|-mx|-ms|-ss)([0-9].*)", re.DOTALL)
_SWITCH = re.compile(r"-XX:([+-])(\w+)", re.ASCII)
_OPTION = re.compile(r"-XX:(\w+)=(.*)", re.ASCII | re.DOTALL)
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)
# globals.hpp gives these in KiB, while -Xss is in bytes: brought to bytes here.
_IN_KIB = frozenset({"ThreadStackSize", "VMThreadStackSize", "CompilerThreadStackSize"})
# libjli/java.c, IsWhiteSpaceOption: these take the next word as their value.
_TAKES_NEXT = frozenset(
    {"-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path", "--add-modules"}
    | {"--enable-native-access", "--limit-modules", "--add-exports", "--add-opens", "--add-reads", "--patch-module"}
    | {"--source", "--describe-module", "-d"}
)
_ENDS_OPTIONS = frozenset({"-jar", "-m", "--module"})

_SECRET_WORD = r"(?:passw|passphrase|pwd|secret|token|credential|key)"  # noqa: S105 -- a pattern of names, not a secret
_SECRET_NAME = re.compile(rf"([^=]*{_SECRET_WORD}[^=]*=).*", re.IGNORECASE | re.DOTALL)
_SECRET_PART = re.compile(rf"(\b[\w.-]*{_SECRET_WORD}[\w.-]*=)[^,;&\s]+", re.IGNORECASE)
_USER_PART = re.compile(r"(://[^/\s:@]*:)[^/\s]*@")


def split(text: str) -> tuple[str, ...]:
    """Words of a command line, quotes and backslashes as a shell reads them; an unclosed quote reaches to the end."""
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    letters = iter(text)
    for letter in letters:
        if not quote and letter.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        word = [] if word is None else word
        if letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        else:
            word.append(next(letters, letter) if letter == "\\" and quote != "'" else letter)
    return (*words, "".join(word)) if word is not None else tuple(words)


def split_vm_args(text: str) -> tuple[str, ...]:
    """Words of `java.rt.vmArgs`, which the JVM joins by blanks without quoting: a word that is no option goes on."""
    words: list[str] = []
    for piece in text.split():
        if words and not piece.startswith(("-", "@")):
            words[-1] += f" {piece}"
        else:
            words.append(piece)
    return tuple(words)


def jvm_words(argv: Sequence[str]) -> tuple[str, ...]:
    """The JVM's own words of a java command line (`/proc/N/cmdline`): not the main class, nor its arguments."""
    taken: list[str] = []
    words = iter(argv[1:])
    for word in words:
        if word in _ENDS_OPTIONS or not word.startswith(("-", "@")):
            break
        taken.append(f"{word}={next(words, '')}" if word in _TAKES_NEXT else word)
    return tuple(taken)


def flags(tokens: Iterable[str], source: Source = Source.COMMAND_LINE) -> tuple[Flag, ...]:
    """Every token as a flag, in order, duplicates kept."""
    return tuple(Flag(name, value, token, source) for token in tokens for name, value in _named(token))


def effective(
    *,
    java_tool_options: str = "",
    jdk_java_options: str = "",
    command_line: Sequence[str] = (),
    java_options: str = "",
) -> tuple[Flag, ...]:
    """What a JVM makes of its inputs, the last one winning: JAVA_TOOL_OPTIONS, then these in the order given."""
    return last_wins(
        (
            *flags(split(java_tool_options), Source.JAVA_TOOL_OPTIONS),
            *flags(split(jdk_java_options), Source.JDK_JAVA_OPTIONS),
            *flags(command_line, Source.COMMAND_LINE),
            *flags(split(java_options), Source.JAVA_OPTIONS),
        )
    )


def last_wins(given: Iterable[Flag]) -> tuple[Flag, ...]:
    """One flag per name: of duplicates the JVM silently takes the last."""
    return tuple({flag.name: flag for flag in given}.values())


def compare(expected_tokens: Iterable[str], effective_flags: Iterable[Flag]) -> tuple[FlagComparison, ...]:
    """Each expected flag beside the JVM's own, values normalised; order of the expectation, last duplicate wins."""
    running = {flag.name: flag for flag in effective_flags}
    return tuple(_compared(flag, running.get(flag.name)) for flag in last_wins(flags(expected_tokens)))


def masked(token: str) -> str:
    """The token with the values of secrets blotted out: names with password, token, secret, key; users in URLs."""
    if token.startswith("-XX:"):
        return token
    whole = _SECRET_NAME.sub(rf"\g<1>{MASK}", token) if token.startswith("-D") else token
    return _USER_PART.sub(rf"\g<1>{MASK}@", _SECRET_PART.sub(rf"\g<1>{MASK}", whole))


def _compared(expected: Flag, running: Flag | None) -> FlagComparison:
    if running is None:
        return FlagComparison(expected.name, masked(expected.token), None, None, agrees=False)
    agrees = running.value == expected.value
    return FlagComparison(expected.name, masked(expected.token), masked(running.token), running.source, agrees)


def _named(token: str) -> Iterator[tuple[str, str]]:
    """The canonical names and values of one token; -Xmn is two flags, a word that is none is named by itself."""
    if alias := _ALIAS.fullmatch(token):
        yield from ((name, _plain(alias[2])) for name in _ALIASES[alias[1]])
    elif switch := _SWITCH.fullmatch(token):
        yield switch[2], "true" if switch[1] == "+" else "false"
    elif option := _OPTION.fullmatch(token):
        yield option[1], _in_bytes(option[2]) if option[1] in _IN_KIB else _plain(option[2])
    elif token.startswith(("-Xloggc:", "-Xlog:")):
        yield _log(token)
    elif token.startswith("-D"):
        name, _, value = token.partition("=")
        yield name, value
    else:
        yield token, "true"


def _log(token: str) -> tuple[str, str]:
    """`-Xloggc:FILE` is `-Xlog:gc:FILE` (arguments.cpp); one configuration per output, so the output is in the name."""
    if token.startswith("-Xloggc:"):
        return f"Xlog:{token.removeprefix('-Xloggc:')}", "gc"
    what, _, rest = token.removeprefix("-Xlog:").partition(":")
    quoted = re.match(r'(?:file=)?"([^"]*)"(.*)|(?:file=)?([^:]*)(.*)', rest, re.DOTALL)
    output, decorators = (quoted[1] or quoted[3], quoted[2] or quoted[4]) if quoted else (rest, "")
    return f"Xlog:{output or 'stdout'}", (what or "all") + (decorators or "").rstrip(":")


def _plain(text: str) -> str:
    """Sizes in bytes, `75.0` as `75`; any other text as it is."""
    size = size_bytes(text)
    if size is not None:
        return str(size)
    return text.rstrip("0").rstrip(".") if _DECIMAL.fullmatch(text) else text


def _in_bytes(text: str) -> str:
    size = size_bytes(text)
    return text if size is None else str(size * KIB)
