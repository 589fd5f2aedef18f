# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Certificates that are made for one lab, and known to nobody else."""

from pathlib import Path

import hosts
from enclosure import SCRATCH
from hosts import ROOT
from plan import CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6

_HOME = SCRATCH / "certificates"
_NEW = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "7")


def authority() -> Path:
    """The certificate of the lab's authority, which is made when it is asked for first."""
    certificate = _HOME / "authority.crt"
    if not certificate.exists():
        _HOME.mkdir(mode=0o700)
        _make("authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return certificate


def of(name: str, is_server: bool) -> tuple[Path, Path]:
    """A certificate by that authority, and its key, made when they are asked for first.

    A server's certificate is for the cluster addresses.
    """
    certificate = _HOME / f"{name}.crt"
    if not certificate.exists():
        use = "serverAuth" if is_server else "clientAuth"
        options = ["-CA", str(authority()), "-CAkey", str(_HOME / "authority.key")]
        options += ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=digitalSignature"]
        options += ["-addext", f"extendedKeyUsage={use}"]
        if is_server:
            options += ["-addext", f"subjectAltName=IP:{CLUSTER_ADDRESS},IP:{CLUSTER_ADDRESS_V6}"]
        _make(name, *options)
    return certificate, certificate.with_suffix(".key")


def _make(name: str, *options: str) -> None:
    files = ["-subj", f"/CN={name}", "-keyout", str(_HOME / f"{name}.key"), "-out", str(_HOME / f"{name}.crt")]
    hosts.check(ROOT, [*_NEW, *options, *files])
