"""Nothing that cannot be undone runs without a typed word, and nothing in prod without the dataset's name."""

from __future__ import annotations

import io

import pytest

from eros.confirm import confirm
from eros.errors import UserError
from eros.model import Model


class Answers:
    """Answers the questions in order and remembers them."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.questions = list(answers), []

    def __call__(self, question: str) -> str:
        self.questions.append(question)
        return self.answers.pop(0)


class TestLocalAsksForTheWord:
    @pytest.mark.parametrize("answer", ["rollback", " rollback\n"])
    def test_the_word_goes_on(self, model: Model, answer: str) -> None:
        confirm(model.environment("local"), "rollback", ask=Answers(answer))

    @pytest.mark.parametrize("answer", ["", "y", "yes", "Rollback", "rollback now"])
    def test_anything_else_does_not(self, model: Model, answer: str) -> None:
        with pytest.raises(UserError, match="nothing was changed"):
            confirm(model.environment("local"), "rollback", ask=Answers(answer))

    def test_yes_asks_nothing(self, model: Model) -> None:
        asked = Answers()
        confirm(model.environment("local"), "rollback", yes=True, ask=asked)
        assert asked.questions == []

    def test_without_a_terminal_it_says_what_to_add(self, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("rollback\n"))
        with pytest.raises(UserError, match="--yes"):
            confirm(model.environment("local"), "rollback")


class TestProdAlsoAsksForTheDataset:
    def test_both_are_asked(self, model: Model) -> None:
        asked = Answers("rollback", "eros_scheduling_brain")
        confirm(model.environment("prod"), "rollback", ask=asked)
        assert len(asked.questions) == 2

    def test_yes_does_not_stand_for_the_dataset(self, model: Model) -> None:
        with pytest.raises(UserError, match="eros_scheduling_brain"):
            confirm(model.environment("prod"), "rollback", yes=True, ask=Answers("y"))

    def test_the_name_may_stand_on_the_command_line(self, model: Model) -> None:
        confirm(model.environment("prod"), "rollback", yes=True, dataset="eros_scheduling_brain", ask=Answers())
        with pytest.raises(UserError, match="'eros'"):
            confirm(model.environment("prod"), "rollback", yes=True, dataset="eros", ask=Answers())
