"""Whether a server is reached through an HTTP proxy, by the environment's rules as kubectl reads them."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit


def goes_through_a_proxy(server: str, env: Mapping[str, str]) -> bool:
    """HTTPS_PROXY (or HTTP_PROXY) is set, and NO_PROXY does not name the host."""
    parts = urlsplit(server)
    variable = "https_proxy" if parts.scheme == "https" else "http_proxy"
    if not (env.get(variable.upper()) or env.get(variable)):
        return False
    host = parts.hostname or ""
    return not (_is_loopback(host) or any(_names(one.strip(), host) for one in _exceptions(env)))


def _exceptions(env: Mapping[str, str]) -> list[str]:
    return (env.get("NO_PROXY") or env.get("no_proxy") or "").split(",")


def _is_loopback(host: str) -> bool:
    # Go never sends these through a proxy.
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _names(entry: str, host: str) -> bool:
    """`*`, an address, a network, a domain with everything below it, or `.domain` for what is below it only."""
    address = _address(host)
    if address is not None and "/" in entry:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name = entry.partition(":")[0].removeprefix("*").lower() if entry != "*" else "*"
    below = name if name.startswith(".") else f".{name}"
    return name in ("*", host.lower()) or host.lower().endswith(below)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
