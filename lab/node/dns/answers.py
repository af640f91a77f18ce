"""From a query to its answer. Pure: the zone and a packet in, a packet out."""

from __future__ import annotations

from dnslib import CLASS, CNAME, QTYPE, RCODE, RR, SOA, SRV, A, DNSError, DNSRecord

from lab.node.addresses import DOMAIN
from lab.node.dns.zone import Name, Zone

_TTL = 5  # seconds; also of what does not exist, so that a name that appears is soon seen
_LARGEST_UDP = 512  # RFC 1035, for who does not offer more
_MOST_ALIASES = 8


def answer(zone: Zone, packet: bytes, *, tcp: bool) -> bytes | None:
    """The response to a query; None for what is no query at all."""
    try:
        query = DNSRecord.parse(packet)
    except DNSError:
        return None
    if query.header.qr or not query.questions:
        return None
    reply = query.reply(aa=True)
    reply.header.ra = 1
    _fill(reply, zone, str(query.q.qname).rstrip(".").lower(), query.q.qtype, query.q.qclass)
    packed: bytes = reply.pack()
    if not tcp and len(packed) > _udp_limit(query):
        packed = reply.truncate().pack()
    return packed


def _fill(reply: DNSRecord, zone: Zone, name: str, kind: int, family: int) -> None:
    if name != DOMAIN and not name.endswith(f".{DOMAIN}"):
        # The rest of the world is out of reach in here; REFUSED would make resolvers ask again.
        reply.header.rcode = RCODE.NXDOMAIN
        return
    known = zone.get(name)
    if known is None:
        reply.header.rcode = RCODE.NXDOMAIN
    elif family == CLASS.IN:
        _add(reply, zone, name, known, kind)
    if not reply.rr:
        reply.add_auth(_authority())


def _add(reply: DNSRecord, zone: Zone, name: str, known: Name, kind: int) -> None:
    for _step in range(_MOST_ALIASES):
        if not known.alias or kind == QTYPE.CNAME:
            break
        reply.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME(known.alias), ttl=_TTL))
        name = known.alias.lower()
        known = zone.get(name, Name())
    if kind in {QTYPE.A, QTYPE.ANY}:
        for address in known.addresses:
            reply.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=_TTL))
    if kind in {QTYPE.SRV, QTYPE.ANY}:
        share = max(100 // max(len(known.services), 1), 1)
        for service in known.services:
            data = SRV(0, share, service.port, service.target)
            reply.add_answer(RR(name, QTYPE.SRV, rdata=data, ttl=_TTL))
            for address in zone.get(service.target, Name()).addresses:
                reply.add_ar(RR(service.target, QTYPE.A, rdata=A(address), ttl=_TTL))
    if kind == QTYPE.CNAME and known.alias:
        reply.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME(known.alias), ttl=_TTL))


def _authority() -> RR:
    """Says for how long the absence of a record may be remembered (RFC 2308)."""
    data = SOA(f"ns.dns.{DOMAIN}", f"hostmaster.{DOMAIN}", (1, 7200, 1800, 86400, _TTL))
    return RR(DOMAIN, QTYPE.SOA, rdata=data, ttl=_TTL)


def _udp_limit(query: DNSRecord) -> int:
    """What the client takes in one datagram: EDNS (RFC 6891) lets it say."""
    for extra in query.ar:
        if extra.rtype == QTYPE.OPT:
            return max(int(extra.rclass), _LARGEST_UDP)
    return _LARGEST_UDP
