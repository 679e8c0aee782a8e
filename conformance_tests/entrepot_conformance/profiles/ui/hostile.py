"""Texts that pass every rule of the wire, and are written to do harm on a page.

Each holds a word of its own, by which it is found again. Elements whose names begin with `xss-` exist nowhere else.
"""

from __future__ import annotations

ELEMENT = "xss-"
ELSEWHERE = "evil.example"
"""A host that no page may load from, link to by itself, or lead to."""

TEXTS = {
    "plainword": "plainword GmbH",
    "imgword": "imgword <img src=x onerror=alert(1)> <xss-img>",
    "scriptword": 'scriptword <script>alert("1")</script> <script src=//evil.example/x.js></script>',
    "svgword": "svgword <svg/onload=alert(1)> <xss-svg onclick=alert(1)>",
    "quoteword": "quoteword \" onmouseover=\"alert(1)\" x=\" ' onfocus='alert(1)' autofocus='",
    "endword": "endword </title></textarea></style></script></bdi></a><xss-end> --> ]]>",
    "urlword": "urlword javascript:alert(1) data:text/html,<xss-url> vbscript:x",
    "markdownword": "markdownword [click](javascript:alert(1)) ![x](https://evil.example/x.png) <xss-md>",
    "curlyword": "curlyword {{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %} {{config}}",
    "entityword": "entityword &lt;xss-entity&gt; &#60;xss-entity&#62; &amp;amp;",
    "rtlword": "rtlword \u0634\u0631\u0643\u0629 \u05d7\u05d1\u05e8\u05d4 (evil) /\u200f 123",
    "bidiword": "bidiword \u2067exe.\u2066gpj\u2069\u2069 \u061c\u200f\u200e end",
    "zeroword": "zeroword pay\u200bpal\u200d \u2060hidden\u00adhere",
    "markword": "markword Z" + "\u0300\u0316\u0489" * 30,
    "longword": "longword" + "W" * 200,
    "alikeword": "alikeword Biom\u0435d \u0421luster St\u03c5ttgart",
    "cellword": "=cellword|' /C calc'!A0 +1 -1 @SUM(A1)",
    "sqlword": "sqlword'; DROP TABLE records;-- \" OR 1=1",
    "pathword": "pathword ../../../etc/passwd %2e%2e%2f C:\\con\\nul",
    "headword": "headword %0d%0aSet-Cookie:%20a=b \\r\\n\\u003cxss-head\\u003e",
}
"""Name and text of each record, by its word."""

LITERAL = {
    "curlyword": "{{7*7}} ${7*7} #{7*7}",
    "entityword": "&lt;xss-entity&gt; &#60;xss-entity&#62;",
    "imgword": "<img src=x onerror=alert(1)>",
    "endword": "</title></textarea></style></script>",
}
"""What a visitor must be able to read as it was written."""

FORMER, RENAMED = "formerword", "renamedword"
"""Words of a record that has another name later, before and after."""
SECRET = "secretword"  # noqa: S105 - a word to find again
"""In each text of the record that is withdrawn."""

QUERIES = (
    '"', "'", "*", "a*", "-", "^a", "NEAR(a b)", "a AND", "OR", "NOT a", "(", ")", "a:b", "name:x", "{x}", "a + b", "%", "_", "\\",
    "' OR 1=1 --", "\"; DROP TABLE records; --", "a' UNION SELECT 1,2,3 --", "&|!", "a<->b", ":*", "$$", "\ufffd", "\U0001f600", "\u2067x",
    "\u4e2d", "<xss-query>", "\" onfocus=alert(1) autofocus x=\"", "{{7*7}}", "x" * 2000,
)  # fmt: skip
"""Words for the search box."""

RAW_QUERIES = (
    "q=%00",
    "q=%ff%fe",
    "q=%",
    "q=a&q=b",
    "q",
    "=",
    "&&&",
    "%00=1",
    "q=" + "a" * 9000,
    "sort=%3Cxss-sort%3E",
    "cursor=%3Cxss-cursor%3E",
    "type=%27",
    "lang=%3Cxss-lang%3E",
    "content=%22%3E%3Cxss-content%3E",
    "country=%00",
    "page=-1",
    "page=99999999999999999999",
    "lang=../../etc/passwd",
)

PATHS = (
    "/../../../../etc/passwd", "/static/../../../../../../etc/passwd", "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd", "/static/%252e%252e%252f%252e%252e%252fetc/passwd",
    "/static/..%5c..%5c..%5cetc%5cpasswd",
    "/static/%00", "/%00", "/%ff", "/%c0%ae%c0%ae/etc/passwd", "/record/%00", "/record/..%2f..%2fetc%2fpasswd", "/record/%3Cxss-path%3E",
    "/record/'", "/record/https:", "/record/https://" + "a" * 300 + "/id/x", "/id/%2e%2e", "/id/con",
    "/id/" + "a" * 5000, "/record/%E2%80%AE",
    "/.git/config", "/.env", "/entrepot.db", "/static/", "/admin", "/%3Cxss-path%3E", "/search/%0d%0aSet-Cookie:%20a=b", "/;/", "/a//b",
)  # fmt: skip

_LEADS = ("https://evil.example/", "//evil.example/", "/%5cevil.example/", "javascript:alert(1)")
_LED = ("/?next={}", "/search?next={}", "/peers?return_to={}", "/login?next={}", "/?lang=en&url={}")
REDIRECTS = (
    *(path.format(lead) for lead in _LEADS for path in _LED),
    "//evil.example/",
    "//evil.example/..",
    "/%2f%2fevil.example/",
    "/%5c%5cevil.example/",
    "/https://evil.example/",
)
