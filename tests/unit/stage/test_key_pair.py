"""The throw-away key of the TLS echoes."""

import ssl

from harness.stage import manifests
from harness.stage.key_pair import KEY_PAIR, holds_key_pair, key_pairs, new_key_pair

from .test_manifests import PROGRAM, found, settings


def test_a_new_pair_can_be_served(tmp_path):
    pair = new_key_pair()
    for name, content in pair.items():
        (tmp_path / name).write_text(content)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    assert new_key_pair() != pair


def test_one_that_exists_is_known():
    (made, *others) = key_pairs(settings(), new_key_pair())
    assert holds_key_pair(made)
    assert len(others) == 4
    assert "protects nothing" in made["data"]["README"]
    assert not holds_key_pair(None)
    assert not holds_key_pair({"data": {"tls.crt": "x"}})


def test_echoes_mount_it_and_clients_do_not():
    made = found(manifests.deployments(settings(), PROGRAM))
    for (_, name), deployment in made.items():
        pod = deployment["spec"]["template"]["spec"]
        mounted = [volume["configMap"]["name"] for volume in pod["volumes"] if volume["name"] == "tls"]
        assert mounted == ([KEY_PAIR] if name.startswith("echo-") else [])
        assert ("--key-pair" in pod["containers"][0]["command"]) is name.startswith("echo-")
