"""Which file an object was written in."""

from pathlib import Path

from seatrial.sources.origins import origins

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"


def test_objects_are_found_in_the_directory_and_its_bases(tmp_path: Path) -> None:
    """A generator's one env file is where its values stand; of several sources the kustomization is."""
    base, over = tmp_path / "base", tmp_path / "over"
    base.mkdir()
    over.mkdir()
    (base / "shop.yml").write_text(f"{DEPLOYMENT}---\n{SERVICE}")
    (base / "kustomization.yml").write_text("resources: [shop.yml]\n")
    (over / "kustomization.yaml").write_text(
        "resources: [../base]\n"
        "secretGenerator:\n"
        "  - {name: env, envs: [env/shop.env]}\n"
        "  - {name: two, envs: [a.env], literals: [B=c]}\n"
        "configMapGenerator:\n"
        "  - {name: conf, files: [app.conf]}\n"
    )

    assert origins(over) == {
        ("Deployment", "shop"): "../base/shop.yml",
        ("Service", "shop"): "../base/shop.yml",
        ("Secret", "env"): "env/shop.env",
        ("Secret", "two"): "kustomization.yaml",
        ("ConfigMap", "conf"): "kustomization.yaml",
    }


def test_what_can_not_be_read_is_left_out(tmp_path: Path) -> None:
    """Somebody else says what is wrong with it."""
    (tmp_path / "kustomization.yml").write_text("resources: [broken.yml, absent.yml, 'https://example.com/x']\n")
    (tmp_path / "broken.yml").write_text("a: [")

    assert origins(tmp_path) == {}
    assert origins(tmp_path / "nowhere") == {}
