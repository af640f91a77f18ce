"""Defects in the status of routes with bad rules and in what becomes of those, and in how the status ends."""

from __future__ import annotations

from lab.defects import partial
from lab.defects import status_words as words
from lab.defects.model import Defect, defect
from lab.defects.told import adding, each_condition, each_entry, reworded

DEFECTS: tuple[Defect, ...] = (
    defect(
        "bad-rules-unsaid",
        "A bad rule is dropped, and nothing says so",
        breaks=("status.partially-invalid",),
        cause="The condition is newer than the code that drops rules, which writes a line of its log.",
        status=each_condition(words.unsaid, "PartiallyInvalid"),
    ),
    defect(
        "bad-first-rule-unsaid",
        "A bad rule is reported only behind a good one",
        breaks=("status.partially-invalid",),
        cause="Rules are looked at in turn, and an error before anything was accepted is kept for another condition.",
        status=each_condition(words.bad_first_rule_unsaid, "PartiallyInvalid"),
    ),
    defect(
        "bad-rule-closes-the-route",
        "One bad rule makes the route match nothing, and its status says that only that rule was dropped",
        breaks=("status.partially-invalid",),
        cause="The status comes from the control plane; the proxy refuses the table as a whole.",
        world=partial.whole_route_closed,
    ),
    defect(
        "rules-behind-a-bad-path-lost",
        "Rules behind one whose path does not compile are lost, though only that one is reported as dropped",
        breaks=("status.partially-invalid",),
        cause="The translator ends at the error and keeps what it has; the status is written by somebody else.",
        world=partial.rules_behind_lost,
    ),
    defect(
        "bad-path-served-up-to-its-error",
        "A rule reported as dropped serves paths that begin as its expression does",
        breaks=("status.partially-invalid",),
        cause="The proxy falls back to the longest literal beginning of an expression.",
        world=partial.served_up_to_the_error,
    ),
    defect(
        "bad-header-left-out",
        "A rule reported as dropped serves everybody, without the header that does not compile",
        breaks=("status.partially-invalid",),
        cause="Conditions are added to the proxy's match one by one, and one that fails is skipped.",
        world=partial.served_without_bad_headers,
    ),
    defect(
        "bad-rule-makes-unaccepted",
        "One bad rule makes the route unaccepted, though its other rules are in force",
        breaks=("status.partially-invalid",),
        cause="The first error of any rule becomes the verdict about the route.",
        status=each_entry(words.partial_is_refused),
    ),
    defect(
        "bad-rules-in-own-words",
        "The message about a bad rule does not begin with what became of it",
        breaks=("status.partially-invalid",),
        cause="The text is the parser's error; that its beginning is prescribed was overlooked.",
        status=each_condition(words.in_own_words, "PartiallyInvalid"),
    ),
    defect(
        "wholly-invalid-called-partly",
        "A route without any good rule is reported as partially invalid besides",
        breaks=("status.partially-invalid-only-when-mixed",),
        cause="The condition is written whenever a rule was dropped, before all rules have been looked at.",
        status=adding("PartiallyInvalid", words.wholly_is_partly),
    ),
    defect(
        "nonsense-accepted",
        "A route none of whose rules can be implemented is reported as accepted",
        breaks=("status.unsupported-value",),
        cause="Accepted means that the object was read; what the proxies make of it comes back to nobody.",
        status=each_condition(words.nonsense_is_fine, "Accepted"),
    ),
    defect(
        "stale-entries-kept",
        "The entry of a parent that the route has left stays",
        breaks=("status.stale-entries-cleaned",),
        cause="Entries are merged into the list by their key, and merging removes nothing.",
        status=words.never_cleaned,
    ),
    defect(
        "status-late-by-a-minute",
        "The status follows a minute after the traffic",
        breaks=("status.accepted-true", "status.observed-generation"),
        cause="Status is written by a job of its own that goes over all routes in turn.",
        status_delay=60.0,
    ),
    defect(
        "type-conflict-unsaid",
        "A route that lost its port to another type is reported as accepted",
        breaks=("status.conflicted-route-type",),
        cause="Each type of route has its own controller, and none knows of the others.",
        status=reworded("Conflicted", **words.ACCEPTED),
    ),
)
