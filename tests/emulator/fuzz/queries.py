"""COQL, search criteria and JSON criteria, from a grammar and then perhaps spoilt."""

from __future__ import annotations

from random import Random
from typing import Any

from .nasty import TEXTS
from .org import Org

_WORDS = (
    *("select", ",", "from", "where", "id", "is not null", "=", "(", ")", "and", "or", "in"),
    *("like", "'%x%'", "1", ".", ";", "COUNT(id)", "as", "n", "group by", "order by", "limit"),
    *("offset", "between", "'x'", "*", "--", "/*", '"', "Owner.id", "->", "#", "not", "case"),
    *("union", "with", "distinct", "null", "true", "1e999", "0x1", "''", "`", "[", "{", "::", "@x"),
)
_COMPARISONS = ("=", "!=", ">", "<=", "like", "not like", "in", "not in", "between", "is null")
_FUNCTIONS = ("COUNT", "SUM", "MAX", "MIN", "AVG", "COUNT_DISTINCT", "UPPER")
_OPERATORS = (
    *("equals", "not_equal", "starts_with", "in", "between", "greater_than", "less_equal"),
    *("less_than", "greater_equal", "contains", "foo"),
)
_COMPARATORS = (
    *("equal", "not_equal", "in", "not_in", "less_than", "greater_equal", "between"),
    *("not_between", "contains", "not_contains", "starts_with", "ends_with"),
)


def coql(random: Random, org: Org) -> str:
    """A query."""
    module = org.module(random)
    if random.random() < 0.1:
        return " ".join(random.choices((*_WORDS, module, "Name"), k=random.randrange(25)))
    columns = [_column(random, org, module) for _ in range(random.choice((1, 1, 2, 5, 55)))]
    if random.random() < 0.2:
        columns.append(f"{random.choice(_FUNCTIONS)}({columns[0]}) as total")
    text = f"select {', '.join(columns)} from {module} where {_where(random, org, module, 0)}"
    if random.random() < 0.2:
        text += f" group by {columns[0]}"
    if random.random() < 0.4:
        order = random.choice(("", "asc", "desc"))
        text += f" order by {_column(random, org, module)} {order}"
    if random.random() < 0.6:
        text += f" limit {random.choice((0, 1, 5, 200, 2000, 2001, 10**30, -1, 'x'))}"
    if random.random() < 0.3:
        text += f" offset {random.choice((0, 1, 99999, 100001, 10**30))}"
    return _spoilt(random, text)


def criteria(random: Random, org: Org, module: str) -> str:
    """Search criteria."""
    text = _criteria(random, org, module, 0)
    if random.random() < 0.02:
        return "(" * 5_000 + text
    return _spoilt(random, text)


def json_criteria(random: Random, org: Org, module: str, depth: int = 0) -> dict[str, Any]:
    """Criteria of a bulk read, a view or a related list."""
    if depth < 3 and random.random() < 0.3:
        members = [json_criteria(random, org, module, depth + 1) for _ in range(2)]
        return {"group_operator": random.choice(("and", "or", "AND", "xor")), "group": members}
    value: Any = _value(random, org)
    comparator = random.choice(_COMPARATORS)
    if comparator.endswith(("in", "between")):
        value = [value, _value(random, org)]
    field = {"api_name": _column(random, org, module)}
    return {"field": field, "comparator": comparator, "value": value}


def _column(random: Random, org: Org, module: str) -> str:
    name = org.field(random, module)
    if random.random() < 0.2:
        name += f".{org.field(random, org.module(random))}"
    return name


def _where(random: Random, org: Org, module: str, depth: int) -> str:
    if depth < 4 and random.random() < 0.35:
        left, right = (_where(random, org, module, depth + 1) for _ in range(2))
        return f"({left} {random.choice(('and', 'or'))} {right})"
    column, word = _column(random, org, module), random.choice(_COMPARISONS)
    if word == "is null":
        return f"{column} is {random.choice(('', 'not '))}null"
    if word.endswith("in"):
        count = random.choice((1, 3, 101))
        return f"{column} {word} ({', '.join(_literal(random, org) for _ in range(count))})"
    if word == "between":
        return f"{column} between {_literal(random, org)} and {_literal(random, org)}"
    return f"{column} {word} {_literal(random, org)}"


def _literal(random: Random, org: Org) -> str:
    value = _value(random, org)
    bare = random.random() < 0.3
    return value if bare else "'" + value.replace("'", "\\'") + "'"


def _value(random: Random, org: Org) -> str:
    known = ("1", "0", "-1", "true", "2026-01-01", "2026-01-01T00:00:00+00:00", "%a%", "a", "1e999")
    if random.random() < 0.25 and org.ids:
        return random.choice(org.ids)
    return random.choice(TEXTS) if random.random() < 0.3 else random.choice(known)


def _criteria(random: Random, org: Org, module: str, depth: int) -> str:
    if depth < 4 and random.random() < 0.35:
        left, right = (_criteria(random, org, module, depth + 1) for _ in range(2))
        return f"({left}{random.choice(('and', 'or', ' AND ', 'xor'))}{right})"
    value = _value(random, org)
    if random.random() < 0.5:
        value = value.replace(",", "\\,").replace("(", "\\(").replace(")", "\\)")
    return f"({_column(random, org, module)}:{random.choice(_OPERATORS)}:{value})"


def _spoilt(random: Random, text: str) -> str:
    if random.random() < 0.75 or not text:
        return text
    at = random.randrange(len(text))
    piece = random.choice((*_WORDS, *TEXTS[:40], ""))
    return text[:at] + piece + text[at + random.choice((0, 1, 4)) :]
