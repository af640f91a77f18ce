"""Defects in what the area lifecycle is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from lab.defects import past, surroundings
from lab.defects.connections import remembering
from lab.defects.model import Defect, defect
from lab.defects.tables import LATER, each_table
from lab.mesh.envoy.numbering import NUMBER
from lab.mesh.model.actions import Action, Entry, Forward, RuleTable, Share
from lab.mesh.world.route import Match, ValueMatch

# What comes back does so for a quarter of a second.
_OFTEN = 0.125
_AFTER_TEN = ValueMatch(NUMBER, "[0-9]{2,}", regex=True)


def _everything(header: ValueMatch, action: Action) -> Entry:
    return Entry(Match(headers=(header,)), (Share(1, action),), "later requests of a connection")


def _later_plain(table: RuleTable, plain: Forward) -> RuleTable:
    return replace(table, entries=(_everything(LATER, plain), *table.entries))


def _first_backend_after_ten(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """From its tenth request on a connection gets the first backend of every rule."""

    def entries(entry: Entry) -> Iterator[Entry]:
        if len(entry.shares) > 1:
            headers = (*entry.match.headers, _AFTER_TEN)
            yield replace(entry, match=replace(entry.match, headers=headers), shares=entry.shares[:1])
        yield entry

    return replace(table, entries=tuple(made for entry in table.entries for made in entries(entry)))


DEFECTS: tuple[Defect, ...] = (
    defect(
        "one-update-behind",
        "A change of a route takes effect with the next change",
        breaks=("lifecycle.update-takes-effect",),
        cause="The handler of updates is handed the old and the new object, and translates the wrong one.",
        world=past.one_update_behind,
    ),
    defect(
        "old-version-returns",
        "What a route was before its last change comes back, for moments",
        breaks=("lifecycle.update-takes-effect",),
        cause="Two replicas of the control plane answer in turn, and one of them lost its watch.",
        world=past.old_version_returns,
        every=_OFTEN,
    ),
    defect(
        "deleted-route-returns",
        "A deleted route comes back, for moments",
        breaks=("lifecycle.delete-last-route-restores-default", "lifecycle.delete-one-of-several"),
        cause="Two replicas of the control plane answer in turn, and one of them missed the deletion.",
        world=past.deleted_returns,
        every=_OFTEN,
    ),
    defect(
        "recreated-route-unseen",
        "A route with the name of one that was deleted a moment ago has no effect",
        breaks=("lifecycle.create-takes-effect",),
        cause="Deletions are carried out late, by name, and take the new object for the old one.",
        world=past.returned_unseen,
    ),
    defect(
        "last-route-lingers",
        "The rules of the last route of a Service stay after it was deleted",
        breaks=("lifecycle.delete-last-route-restores-default",),
        cause="A Service without routes is not visited, so that nobody takes away what it had.",
        world=past.last_one_lingers,
    ),
    defect(
        "one-of-several-lingers",
        "The rules of a deleted route stay while the Service has other routes",
        breaks=("lifecycle.delete-one-of-several", "lifecycle.winner-removed-next-takes-over"),
        cause="Rules are merged into those that are there, and removed only together with the whole table.",
        world=past.one_of_several_lingers,
    ),
    defect(
        "deleted-route-still-rejects",
        "After its last route was deleted a Service rejects everything",
        breaks=("lifecycle.delete-last-route-restores-default",),
        cause="The rules are removed one by one, and the table that they stood in stays.",
        world=past.deleted_still_rejects,
    ),
    defect(
        "deletion-takes-others",
        "With a deleted route the others of its Service lose their effect",
        breaks=("lifecycle.delete-one-of-several",),
        cause="The table is removed by the Service's key, and the remaining routes are written when they change next.",
        world=past.deletion_takes_others,
    ),
    defect(
        "tie-loser-not-restored",
        "Matches that a deleted route had won are not given to the next route",
        breaks=("lifecycle.winner-removed-next-takes-over",),
        cause="The loser of a conflict is dropped for good when the conflict is found.",
        world=past.tie_loser_not_restored,
    ),
    defect(
        "added-rules-missed",
        "A change of a route adds no rules",
        breaks=("lifecycle.update-takes-effect",),
        cause="Changes are applied rule by rule to what is there, and a rule without a counterpart has no place.",
        world=past.added_rules_missed,
    ),
    defect(
        "removed-rules-stay",
        "Rules that a change takes out of a route stay in effect",
        breaks=("lifecycle.update-takes-effect",),
        cause="Changes are merged into what is there, as by an apply that does not own the list.",
        world=past.removed_rules_stay,
    ),
    defect(
        "weights-one-behind",
        "A change of weights takes effect with the next change of the route",
        breaks=("lifecycle.weight-shift",),
        cause="Whether the clusters of a rule have changed is judged by their names.",
        world=past.weights_one_behind,
    ),
    defect(
        "drained-slowly",
        "A backend whose weight went to 0 keeps a quarter of the requests for twenty seconds",
        breaks=("lifecycle.weight-shift",),
        cause="Shifts are carried out in steps, to spare backends that have to warm up.",
        world=past.drained_slowly,
        every=1.0,
    ),
    defect(
        "old-parent-stays-routed",
        "A route that was pointed at another Service governs the old one as well",
        breaks=("lifecycle.parentref-retarget",),
        cause="What a route is attached to is collected, and nothing is taken out of the collection.",
        world=past.old_parents_stay,
    ),
    defect(
        "old-parent-still-rejects",
        "After a route was pointed at another Service the old one rejects everything",
        breaks=("lifecycle.parentref-retarget",),
        cause="The rules move to the new Service, and the empty table stays at the old one.",
        world=past.old_parents_reject,
    ),
    defect(
        "parents-resolved-once",
        "A route does not attach to a Service that comes after it",
        breaks=("lifecycle.parent-created-after-route",),
        cause="ParentRefs are resolved when the route is written, and Services are not watched for it.",
        world=surroundings.parents_resolved_once,
    ),
    defect(
        "parents-by-identifier",
        "A route does not attach to a Service that was deleted and created anew",
        breaks=("lifecycle.parent-recreated",),
        cause="Services are kept by their uid, and the old one is not let go of.",
        world=surroundings.parents_by_identifier,
    ),
    defect(
        "missing-parent-detaches",
        "A route with a parent that does not exist is attached to none",
        breaks=("lifecycle.parent-created-after-route", "attachment.multi-parent-independent"),
        cause="A parent that cannot be found is an error, and the error ends the translation of the route.",
        world=surroundings.parents_missing_detach,
    ),
    defect(
        "ports-known-then",
        "A route does not cover ports that its Service gets later",
        breaks=("lifecycle.service-port-added",),
        cause="A parentRef without a port is replaced by one for each port when the route is written.",
        world=surroundings.ports_known_then,
    ),
    defect(
        "changed-service-detaches",
        "A Service that is changed loses its routes until they are written again",
        breaks=("lifecycle.service-port-added",),
        cause="The frontend is made anew from the Service, and routes are put into it when they change.",
        world=surroundings.changed_service_detaches,
    ),
    defect(
        "backends-resolved-once",
        "A backend that comes after a route was written is not used",
        breaks=("lifecycle.backend-appears-and-disappears",),
        cause="BackendRefs are resolved when the route is written, and Services are not watched for it.",
        world=surroundings.backends_resolved_once,
    ),
    defect(
        "new-backend-flickers",
        "A backend that comes after a route was written is used most of the time",
        breaks=("lifecycle.backend-appears-and-disappears",),
        cause="Two replicas of the control plane answer in turn, and one of them has not seen the Service.",
        world=surroundings.new_backend_flickers,
        every=_OFTEN,
    ),
    defect(
        "lost-backend-stays",
        "The endpoints of a Service that was deleted get requests still",
        breaks=("lifecycle.backend-appears-and-disappears",),
        cause="Endpoints are removed when they are seen to go, and those of a deleted Service are not looked at.",
        world=partial(surroundings.lost_backends, endpoints=True),
    ),
    defect(
        "lost-backend-is-empty",
        "A backend that was deleted is answered with 503",
        breaks=("lifecycle.backend-appears-and-disappears",),
        cause="The cluster of the Service stays as long as a route names it, without endpoints.",
        world=partial(surroundings.lost_backends, endpoints=False),
    ),
    defect(
        "recovery-unseen",
        "A backend that had no endpoints for a while is not used any more",
        breaks=("lifecycle.endpoints-scale-to-zero-and-back",),
        cause="The last endpoint leaves a cluster marked as broken, and only a change of the Service clears the mark.",
        world=surroundings.recovery_unseen,
    ),
    defect(
        "connection-keeps-route",
        "On a connection that is kept, requests for a path go where the first of them went",
        breaks=("lifecycle.existing-connections-follow",),
        cause="The choice is cached with the connection, by path, and a new configuration leaves the cache alone.",
        resource=remembering(),
        numbered=True,
    ),
    defect(
        "reused-connection-unrouted",
        "Only the first request of a connection is governed by routes",
        breaks=("protocols.per-request-http1", "protocols.per-request-http2"),
        cause="After the first request the connection is handed to the kernel, which forwards to the Service.",
        rules=each_table(_later_plain),
        numbered=True,
    ),
    defect(
        "first-backend-after-ten",
        "From the tenth request of a connection on its rule's first backend gets everything",
        breaks=("weights.per-request-on-one-connection",),
        cause="A connection that is busy is pinned, so that the balancer's work is saved.",
        rules=each_table(_first_backend_after_ten),
        numbered=True,
    ),
)
