import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from striate.errors import RecipeError
from striate.training import Recipe, load_recipe, parse_recipe, read_recipe, recipe_names
from striate.training.optimisers import MuonSettings, SGDSettings

NETWORK = "input 1x8x8\nflatten\nlinear 10\n"

TEXT = f"""
epochs = 1
batch = 10
network = '''
{NETWORK}'''
[data]
name = "digits"
[optimiser]
kind = "sgd"
lr = 0.1
"""

LONG = (
    TEXT
    + """
nesterov = true
momentum = 0.9
[[augmentation]]
kind = "flip"
[[augmentation]]
kind = "shift"
pixels = [1, 2]
boundary = "reflect"
[loss]
kind = "cross_entropy"
label_smoothing = 0.2
[schedule]
kind = "step"
milestones = [0.5, 0.75]
[average]
decay = 0.9
[initialisation]
weights = "he"
[precision]
compute = "bfloat16"
pieces = 7
[evaluation]
flip = true
[checkpoint]
seconds = 0
[result]
test_accuracy = 0.99
seconds = 3.5
machine = "2 cores"
"""
)


def read(text: str = TEXT, /, **changes: Any) -> Recipe:
    return parse_recipe(text, "my.toml", **changes)


def mistakes(text: str = TEXT, /, **changes: Any) -> list[str]:
    """The lines of the error, without the heading."""
    with pytest.raises(RecipeError) as caught:
        read(text, **changes)
    heading, *lines = str(caught.value).split("\n")
    assert heading == "my.toml has mistakes:"
    return [line.removeprefix("  ") for line in lines]


class TestReading:
    def test_a_short_recipe(self) -> None:
        recipe = read()
        assert recipe.network == NETWORK
        assert (recipe.epochs, recipe.batch, recipe.seed) == (1.0, 10, 0)
        assert recipe.optimiser == SGDSettings(lr=0.1)
        assert recipe.average is None

    @pytest.mark.parametrize("text", [TEXT, LONG])
    def test_written_as_toml_it_reads_back_to_the_same(self, text: str) -> None:
        recipe = read(text)
        assert read(recipe.to_toml()) == recipe
        assert read(recipe.to_toml()).to_toml() == recipe.to_toml()

    @given(title=st.text(), network=st.text(), machine=st.text())
    def test_any_text_in_it_reads_back(self, title: str, network: str, machine: str) -> None:
        recipe = read(LONG, title=title, network=network, **{"result.machine": machine})
        assert read(recipe.to_toml()) == recipe

    @given(lr=st.floats(1e-300, 1e6), epochs=st.floats(1e-9, 1e6), seed=st.integers(0, 2**63 - 1))
    def test_any_number_in_it_reads_back(self, lr: float, epochs: float, seed: int) -> None:
        recipe = read(epochs=epochs, seed=seed, **{"optimiser.lr": lr})
        assert read(recipe.to_toml()) == recipe

    def test_line_ends_of_other_systems_become_line_feeds(self) -> None:
        assert read(network="input 4\r\nlinear 2\rrelu").network == "input 4\nlinear 2\nrelu\n"

    def test_the_recipes_that_come_with_striate(self) -> None:
        assert "mnist" in recipe_names()
        for name in recipe_names():
            recipe = load_recipe(name)
            assert recipe.name == name
            assert read(recipe.to_toml()) == recipe


class TestChanges:
    def test_of_any_setting_by_its_path(self) -> None:
        recipe = read(seed=5, **{"optimiser.lr": 0.3, "checkpoint.keep": 9})
        assert recipe.seed == 5
        assert recipe.optimiser == SGDSettings(lr=0.3)
        assert recipe.checkpoint.keep == 9

    def test_of_a_whole_table(self) -> None:
        muon = {"kind": "muon", "others": {"kind": "adam", "betas": (0.8, 0.9)}}
        optimiser = read(optimiser=muon).optimiser
        assert isinstance(optimiser, MuonSettings)
        assert optimiser.others.kind == "adam"
        assert optimiser.others.betas == (0.8, 0.9)

    def test_below_a_setting_that_is_no_table(self) -> None:
        with pytest.raises(
            RecipeError, match=r"lr is not a table, so optimiser.lr.x cannot be set"
        ):
            read(**{"optimiser.lr.x": 1})

    def test_of_an_unknown_setting(self) -> None:
        assert mistakes(sed=5)[0].startswith("sed: there is no such setting (did you mean 'seed'?)")


class TestFiles:
    def test_the_name_is_the_files(self, tmp_path: Path) -> None:
        path = tmp_path / "small.toml"
        path.write_text(TEXT)
        assert read_recipe(path).name == "small"
        assert load_recipe(str(path), batch=3).batch == 3

    def test_the_network_in_a_file_beside_it(self, tmp_path: Path) -> None:
        without = re.sub(r"network = '''.*?'''", "network_file = 'net.txt'", TEXT, flags=re.DOTALL)
        path = tmp_path / "small.toml"
        path.write_text(without)
        with pytest.raises(RecipeError, match=r"cannot read the network text .*net.txt: No such"):
            read_recipe(path)
        (tmp_path / "net.txt").write_text(NETWORK)
        assert read_recipe(path).network == NETWORK
        path.write_text(without.replace("net.txt", r"""a"b"""))
        with pytest.raises(RecipeError, match=r"cannot read"):
            read_recipe(path)
        path.write_text(without.replace("'net.txt'", '"a\\u0000b"'))
        with pytest.raises(RecipeError, match=r"cannot read the network text .*null byte"):
            read_recipe(path)
        path.write_text(f"network = 'input 1'\n{without}")
        with pytest.raises(RecipeError, match="not both"):
            read_recipe(path)

    def test_an_unknown_name_suggests_the_near_one(self) -> None:
        with pytest.raises(RecipeError, match=r"no recipe 'mnits' \(did you mean 'mnist'\?\)"):
            load_recipe("mnits")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "No such file"),
            (b"", "network: this setting is missing"),
            (b"epochs 3", "is not TOML that can be read: .*line 1"),
            (b"title = 'caf\xe9'", "is no recipe: byte 12 is not UTF-8"),
            (b"title = 'a\0b'", "is not TOML that can be read"),
            (b"#" * 10_000_000, "is larger than 4 MiB: it is no recipe"),
            (b"a" + b".a" * 150 + b" = 1", "a: there is no such setting"),
            (b"seed = " + b"1" * 5000, "is not TOML that can be read"),
            (b"title = " + b"[" * 5000, "is not TOML that can be read"),
            (b"title = " + b"[" * 250 + b"]" * 250, "recipe: .*recursion limit"),
        ],
    )
    def test_a_file_that_is_none(self, tmp_path: Path, content: bytes | None, message: str) -> None:
        path = tmp_path / "bad.toml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(RecipeError, match=message):
            load_recipe(str(path))

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(RecipeError, match=r"cannot read the recipe .*: Is a directory"):
            load_recipe(str(tmp_path))


class TestMistakes:
    def test_all_missing_settings_are_listed(self) -> None:
        missing = ["network", "epochs", "batch", "data", "optimiser"]
        assert mistakes("") == [f"{name}: this setting is missing" for name in missing]

    @pytest.mark.parametrize(
        ("addition", "mistake", "near"),
        [
            ("momentm = 0.9", "optimiser.momentm", "momentum"),
            ("[evaluation]\nflop = true", "evaluation.flop", "flip"),
            ("[avarage]\ndecay = 0.5", "avarage", "average"),
            ("[schedule]\nkind = 'linear'\nwarmup = 0.1", "schedule.warmup", "warm_up"),
            ("[checkpoint]\nsecond = 1", "checkpoint.second", "seconds"),
            (
                "[[augmentation]]\nkind = 'flip'\n[[augmentation]]\nkind = 'shift'\n"
                "pixels = 1\nboundry = 'reflect'",
                "augmentation[2].boundry",
                "boundary",
            ),
        ],
    )
    def test_a_misspelt_key(self, addition: str, mistake: str, near: str) -> None:
        (line,) = mistakes(f"{TEXT}\n{addition}")
        assert line.startswith(f"{mistake}: there is no such setting (did you mean '{near}'?)")
        assert near in line.split("known here: ")[1].split(", ")

    def test_a_misspelt_key_two_levels_down(self) -> None:
        others = {"kind": "muon", "others": {"kind": "adam", "bets": [0.9, 0.99]}}
        (line,) = mistakes(optimiser=others)
        assert line.startswith("optimiser.others.bets: there is no such setting (did you mean 'bet")

    @pytest.mark.parametrize(
        ("changes", "line"),
        [
            ({"loss.kind": "cross_entrpy"}, "loss.kind: there is no 'cross_entrpy' (did you mean"),
            ({"augmentation": [{"kind": "shft"}]}, "augmentation[1].kind: there is no 'shft' (did"),
            ({"augmentation": [{"pixels": 1}]}, "augmentation[1].kind: this setting is missing; k"),
            ({"optimiser": {"lr": 1.0}}, "optimiser.kind: this setting is missing; known: sgd, ad"),
            ({"optimiser": {"kind": "muon", "others": {"kind": 3}}}, "optimiser.others.kind: ther"),
        ],
    )
    def test_of_kind(self, changes: dict[str, Any], line: str) -> None:
        assert mistakes(**changes)[0].startswith(line)

    @pytest.mark.parametrize(
        ("changes", "line"),
        [
            ({"epochs": "3"}, 'epochs (= "3"): must be a number'),
            ({"epochs": 0}, "epochs (= 0): must be greater than 0"),
            ({"epochs": float("nan")}, "epochs (= NaN): must be a finite number"),
            ({"batch": True}, "batch (= true): must be a whole number"),
            ({"batch": 1.5}, "batch (= 1.5): must be a whole number"),
            ({"seed": -1}, "seed (= -1): must be greater than or equal to 0"),
            ({"data": 3}, "data (= 3): must be a table"),
            ({"network": ["conv"]}, "network: must be text"),
            ({"augmentation": {"kind": "flip"}}, "augmentation: must be a list"),
            ({"evaluation.flip": 1}, "evaluation.flip (= 1): must be true or false"),
            (
                {"precision.compute": "float16"},
                "precision.compute (= \"float16\"): must be 'float32' or 'bfloat16', or 'auto'",
            ),
            (
                {"precision.pieces": 0},
                "precision.pieces (= 0): must be greater than or equal to 1, or 'auto'",
            ),
            ({"checkpoint.seconds": float("inf")}, "checkpoint.seconds (= Infinity): must be a fi"),
            ({"average.decay": 1}, "average.decay (= 1): must be less than 1"),
            ({"name": "../elsewhere"}, 'name (= "../elsewhere"): must be usable as the name of a'),
            (
                {"schedule": {"kind": "step", "milestones": [0.5, "x"]}},
                'schedule.milestones[2] (= "x"): must be a number',
            ),
            (
                {"augmentation": [{"kind": "shift", "pixels": "far"}]},
                'augmentation[1].pixels (= "far"): must be a whole number, or a list',
            ),
            (
                {"optimiser.nesterov": True},
                "optimiser: nesterov needs momentum; give momentum, such as momentum = 0.9",
            ),
        ],
    )
    def test_of_type_or_value(self, changes: dict[str, Any], line: str) -> None:
        (only,) = mistakes(**changes)
        assert only.startswith(line)

    def test_do_not_include_another_name(self) -> None:
        assert load_recipe("digits", name="mine").name == "mine"

    def test_are_all_listed(self) -> None:
        changes: dict[str, Any] = {
            "epochs": -1,
            "bach": 3,
            "optimiser.lr": "fast",
            "loss.kind": "crss_entropy",
        }
        changes |= {"augmentation": [{"kind": "flip", "axs": 1}, {"kind": "shift"}]}
        settings = {line.split(":")[0].split(" (")[0] for line in mistakes(**changes)}
        assert settings == {
            "epochs",
            "bach",
            "optimiser.lr",
            "loss.kind",
            "augmentation[1].axs",
            "augmentation[2].pixels",
        }

    def test_are_listed_as_far_as_anybody_reads(self) -> None:
        many = "\n".join(f"k{number} = 1" for number in range(5000))
        with pytest.raises(RecipeError) as caught:
            parse_recipe(f"{many}\n{TEXT}", "the recipe")
        lines = str(caught.value).splitlines()
        assert len(lines) == 52
        assert lines[-1] == "  ... and 4,950 more"

    def test_of_depth(self) -> None:
        with pytest.raises(RecipeError, match="nested too deep"):
            parse_recipe(f"{TEXT}[{'.'.join(['a'] * 3000)}]", "the recipe")
        with pytest.raises(RecipeError, match="nested too deep"):
            load_recipe("digits", **{".".join(["a"] * 3000): 1})

    @pytest.mark.parametrize("name", ["a" * 101, "-rf", " x", "a\nb", "a\u202eb", "..", "a\\b"])
    def test_of_name(self, name: str) -> None:
        (line,) = mistakes(name=name)
        assert "must be usable as the name of a folder" in line

    @pytest.mark.parametrize("setting", ["where", "text", "folder", "name_or_path", "path"])
    def test_named_like_an_argument_are_found_too(self, setting: str) -> None:
        with pytest.raises(RecipeError, match=f"{setting}: there is no such setting"):
            load_recipe("digits", **{setting: 3})

    def test_a_long_value_is_not_repeated(self) -> None:
        (line,) = mistakes(batch="x" * 100_000)
        assert line == "batch: must be a whole number"

    @pytest.mark.parametrize(
        "changes",
        [
            {"optimiser.lr": 1e38},
            {"optimiser.weight_decay": 1e38},
            {"loss": {"kind": "hinge", "margin": 1e308}},
            {"evaluation.shift": 1_000_000},
            {"augmentation": [{"kind": "elastic", "sigma": 1e9}]},
            {"augmentation": [{"kind": "elastic", "alpha": 1e300}]},
        ],
    )
    def test_of_measure(self, changes: dict[str, Any]) -> None:
        (line,) = mistakes(**changes)
        assert "must be less than or equal to 1" in line
