"""Defects in what the area timeouts is about."""

from __future__ import annotations

from lab.admission import Admission
from lab.defects import limits as wrong
from lab.defects.admission import demanding, lacking
from lab.defects.callers import apart, on_second_node
from lab.defects.changes import rules_as_read
from lab.defects.edits import on_managers, setting
from lab.defects.model import Defect, defect
from lab.defects.proxy import each_route, scripted, sometimes, when_reused

DEFECTS: tuple[Defect, ...] = (
    defect(
        "timeout-whole-seconds",
        "Timeouts are read in whole seconds: what is below one has no effect",
        breaks=("timeouts.request-504", "timeouts.backend-request-504"),
        cause="The proxy's field has whole seconds, and the rest is cut off.",
        timeout=wrong.read_as(wrong.whole_seconds),
    ),
    defect(
        "timeout-capped",
        "No timeout is longer than a second",
        breaks=("timeouts.request-not-exceeded",),
        cause="An operator's limit for all timeouts was built in as a constant.",
        timeout=wrong.read_as(wrong.capped),
    ),
    defect(
        "timeout-answered-late",
        "The timeout error is given when the backend answers at last",
        breaks=("timeouts.request-returns-promptly",),
        cause="The elapsed time is looked at when the answer passes; nobody watches while there is none.",
        resource=scripted(wrong.ANSWER_LATE, each_route(wrong.answered_late)),
    ),
    defect(
        "timeout-answers-503",
        "A request that exceeds its timeout ends with 503",
        breaks=("timeouts.request-504", "timeouts.backend-request-504"),
        cause="All errors of the mesh's own are given one status, so that callers know whom to blame.",
        resource=on_managers(setting(local_reply_config=wrong.TIMED_OUT_503)),
    ),
    defect(
        "timeout-of-first-request",
        "The timeout holds for the first request of a connection only",
        breaks=("timeouts.request-504",),
        cause="The timer belongs to the connection and is not started again when a second request arrives.",
        resource=when_reused(wrong.unlimited),
    ),
    defect(
        "timeout-escaped-by-one-in-twenty",
        "One request in twenty has no timeout",
        breaks=("timeouts.request-504",),
        cause="One of the proxy's worker threads kept the configuration of before.",
        resource=sometimes(5, wrong.unlimited),
    ),
    defect(
        "timeout-escaped-by-one-in-hundred",
        "One request in a hundred has no timeout",
        breaks=("timeouts.request-504",),
        cause="A timer that is started while the wheel of timers turns is lost.",
        resource=sometimes(1, wrong.unlimited),
    ),
    defect(
        "timeout-on-one-node",
        "On one of two nodes timeouts have no effect",
        breaks=("timeouts.request-504",),
        cause="The proxy of one node was not restarted after an upgrade, and does not know the field.",
        views=apart(on_second_node, rules_as_read(wrong.without_timeouts)),
    ),
    defect(
        "timeout-of-all-rules",
        "The shortest timeout of a rule holds for all rules of its route",
        breaks=("timeouts.scoped-to-rule",),
        cause="The proxy has the timeout at the virtual host, and the strictest of all is put there.",
        world=rules_as_read(wrong.shortest_of_route),
    ),
    defect(
        "consumer-timeout-at-home",
        "A consumer route's timeout also limits the callers of the Service's own namespace",
        breaks=("producer-consumer.consumer-timeout-scope",),
        cause="Timeouts are stored with the Service, whose own namespace is looked at before those of consumers.",
        rules=wrong.at_home_too,
    ),
    defect(
        "consumer-timeout-everywhere-later",
        "Three seconds after it took effect a consumer route's timeout limits everybody",
        breaks=("producer-consumer.consumer-timeout-scope",),
        cause="A background job merges what it finds for a Service into one policy, without its namespaces.",
        world=wrong.everywhere_later,
        every=0.5,
    ),
    defect(
        "timeout-zero-is-default",
        "A timeout of zero means the proxy's own default of 15 seconds",
        breaks=("timeouts.request-zero-disables",),
        cause="Zero is the zero value of the field, and taken for one that is not set.",
        timeout=wrong.zero_is_default,
    ),
    defect(
        "timeout-zero-is-no-time",
        "With a timeout of zero every request ends at once",
        breaks=("timeouts.request-zero-disables",),
        cause="The number is handed to a timer that takes it at its word.",
        timeout=wrong.zero_is_none_at_all,
    ),
    defect(
        "attempt-zero-is-default",
        "A timeout of zero for attempts means the proxy's own default of 15 seconds",
        breaks=("timeouts.backend-request-zero-disables",),
        cause="That zero switches off was built for requests, and forgotten for attempts.",
        timeout=wrong.attempt_zero_is_default,
    ),
    defect(
        "timeout-by-default",
        "A rule without timeouts has one of 15 seconds",
        breaks=("timeouts.unspecified-is-implementation-defined",),
        cause="It is the proxy's own default.",
        timeout=wrong.with_default,
    ),
    defect(
        "attempt-timeout-ignored",
        "The timeout of an attempt has no effect",
        breaks=("timeouts.backend-request-504",),
        cause="Without retries an attempt is the request, and its timeout seemed to be the same.",
        timeout=wrong.without_attempt,
    ),
    defect(
        "timeout-until-headers",
        "A timeout ends with the headers of the answer",
        breaks=("timeouts.covers-full-response",),
        cause="The proxy's timeout of a try is over when the answer begins.",
        resource=each_route(wrong.until_headers),
    ),
    defect(
        "duration-last-of-unit",
        "Of several parts of a duration with the same unit the last one counts",
        breaks=("timeouts.duration-semantics",),
        cause="The parser keeps a number for each unit.",
        timeout=wrong.read_as(wrong.last_of_unit),
    ),
    defect(
        "duration-octal",
        "A number with leading zeros is read as an octal one",
        breaks=("timeouts.duration-semantics",),
        cause="The parser uses a function for the numbers of a programming language.",
        timeout=wrong.read_as(wrong.octal),
    ),
    defect(
        "duration-in-order",
        "A duration whose units stand in another order than h, m, s, ms is dropped",
        breaks=("timeouts.duration-semantics",),
        cause="The parser is a regular expression with one optional group for each unit.",
        timeout=wrong.read_as(wrong.in_order),
    ),
    defect(
        "duration-tidied",
        "Durations in a route are rewritten in the longest units",
        breaks=("timeouts.duration-not-rewritten",),
        cause="A controller reads routes into types of its own and writes them back when it adds a label.",
        rewrites=wrong.tidied,
    ),
    defect(
        "longer-attempt-admitted",
        "The API takes a rule that allows an attempt more time than the request",
        breaks=("timeouts.backend-not-longer-than-request",),
        cause="The definitions were trimmed of their expressions, which an old API server could not compile.",
        admission=lacking("HTTPRoute", "backend-timeout-within-request"),
    ),
    defect(
        "longer-attempt-by-number-admitted",
        "The API compares the timeouts of attempt and request without their units",
        breaks=("timeouts.backend-not-longer-than-request",),
        cause="The expression compares texts after their units have been cut off.",
        admission=Admission(overlooks=wrong.numbers_fit),
    ),
    defect(
        "unlimited-request-refused",
        "The API refuses a timeout for attempts where the request has none, written as zero",
        breaks=("timeouts.backend-not-longer-than-request",),
        cause="A webhook of the mesh compares the two durations and does not know that zero means none.",
        admission=demanding("HTTPRoute", "must not be longer than request", wrong.longer_than_zero),
    ),
)
