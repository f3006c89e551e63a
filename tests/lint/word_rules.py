"""The rules for prose: words that make sentences hard to read, by how often they may occur in 1,000
words of comments and of documents; comments that are too wide, or torn apart."""

import re

# Word, pattern, most in 1,000 words. A pronoun hides a noun; 'tell' makes data a person.
LIMITS = (
    ("what", r"\bwhat\b", 2.0),
    ("behind", r"\bbehind\b", 0.3),
    ("whoever", r"\b(?:whoever|whose|nobody|somebody)\b", 0.5),
    ("tell", r"\b(?:tells?|told|says?|said)\b", 0.7),
    ("of it", r"\bof (?:it|that|those|them)\b", 1.5),
)
COLUMNS = 90
TAB = 8
FEW_WORDS = 2000  # below this number of words a share is chance
C_COMMENT = re.compile(
    r'(/\*.*?\*/|//[^\n]*)|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
JS_COMMENT = re.compile(r"^[ \t]*(//[^\n]*)|(/\*.*?\*/)", re.M | re.S)
HASH_COMMENT = re.compile(r"(?:^|(?<=\s))(#(?!!)[^\n]*)", re.M)
CODE_BLOCK = re.compile(r"^```.*?^```|^ {4,}[^\n]*|`[^`\n]*`", re.M | re.S)
ONLY_TYPE = re.compile(r"^\t+(?:(?:const|unsigned|struct|enum|union)\s+)*\w+[ \t*]*$")
TRAILING = re.compile(r"[;,{][ \t]*/\*(?![^\n]*\*/)")


def comments(s):
    """(line, text) of each comment of a source file."""
    pattern = C_COMMENT if s.is_c else JS_COMMENT if s.path.endswith((".js", ".mjs")) else \
        HASH_COMMENT
    for m in pattern.finditer(s.text):
        text = next((g for g in m.groups() if g), None)
        if text:
            yield s.line_of(m.start()), text


def count(texts):
    """Words of all texts, and (file, line, match) by the name of each limit."""
    words, found = 0, {name: [] for name, _, _ in LIMITS}
    for path, line, text in texts:
        words += len(re.findall(r"[A-Za-z]+(?:'[a-z]+)?", text))
        for name, pattern, _ in LIMITS:
            for m in re.finditer(pattern, text, re.I):
                found[name].append((path, line + text.count("\n", 0, m.start()), m.group()))
    return words, found


def prose_of(tree):
    """The two bodies of prose: comments, and documents with their code left out."""
    code = [(s.path, line, text) for s in tree.sources for line, text in comments(s)]
    documents = [(s.path, 1, CODE_BLOCK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), s.text))
                 for s in tree.documents]
    return ("comments", code), ("documents", documents)


def words(tree):
    """No word stands in the way of the reader more often than its limit allows."""
    for body, texts in prose_of(tree):
        total, found = count(texts)
        for name, _, limit in LIMITS if total >= FEW_WORDS else ():
            share = 1000 * len(found[name]) / total
            if share > limit:
                path, line, _ = found[name][0]
                yield path, line, f"{body}:{name}".replace(" ", "-"), \
                    f"'{name}' {share:.1f} times in 1,000 words of {body}, at most {limit}"


def comment_shape(tree):
    """Comments fit on the screen, begin with a subject, and stay with their declaration."""
    for s in tree.sources:
        if not s.is_c:
            continue
        for line, text in comments(s):
            if re.match(r"(?:/\*|//)\s*What\b", text):
                yield s.path, line, "what", "a comment begins with 'What'"
            for at, one in enumerate(text.split("\n")):
                whole = s.lines[line - 1 + at]
                if len(whole.expandtabs(TAB)) > COLUMNS:
                    yield s.path, line + at, "columns", \
                        f"a comment has {len(whole.expandtabs(TAB))} columns, more than {COLUMNS}"
        for at, line in enumerate(s.lines):
            if TRAILING.search(line):
                yield s.path, at + 1, "trailing", \
                    "a comment after a declaration does not fit on its line: put it above"
            elif ONLY_TYPE.match(line) and at + 1 < len(s.lines) and "/*" in s.lines[at + 1] \
                    and ";" in s.lines[at + 1]:
                yield s.path, at + 1, "torn", \
                    "a declaration is torn apart by its comment: put the comment above"


RULES = [words, comment_shape]
