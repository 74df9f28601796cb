"""The grid never drifts, and everything written keeps to it, to the chord and to the seed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.adapters.composer_score.form import LAST_CHORD_S, Form
from services.inference.adapters.composer_score.instruments import INSTRUMENTS
from services.inference.adapters.composer_score.moods import MOODS, STEMS
from services.inference.adapters.composer_score.motif import invent_motif
from services.inference.adapters.composer_score.parts_sung import variation_of, write_melody
from services.inference.adapters.composer_score.stems import PARTS, ending
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.music import MOTIFS, Score


def test_unknown_mood_and_tempo_out_of_range() -> None:
    with pytest.raises(UnknownName) as unknown:
        Form(Score(1, "jolly", "C", 90))
    assert unknown.value.field == "mood"
    for tempo in (39.9, 180.5, float("nan")):
        with pytest.raises(InvalidAsk) as invalid:
            Form(Score(1, "calm", "C", tempo))
        assert invalid.value.field == "tempo_bpm"


@given(tempo=st.floats(40, 180), mood=st.sampled_from(list(MOODS)), sample=st.integers(0, 10**10))
def test_every_sample_lies_in_one_passage(tempo: float, mood: str, sample: int) -> None:
    form = Form(Score(1, mood, "C", tempo))
    number = form.passage_at(sample)
    assert form.passage_start(number) <= sample < form.passage_start(number + 1)


def test_the_grid_does_not_drift() -> None:
    form = Form(Score(1, "calm", "C", 71.3))
    beats = 100_000 * form.passage_beats
    assert form.passage_start(100_000) == round(beats * 60 / 71.3 * 48_000)


@settings(max_examples=60)
@given(
    seed=st.integers(-(2**63), 2**63),
    mood=st.sampled_from(list(MOODS)),
    key=st.sampled_from(["C", "Am", "F#m", "Bb", "E"]),
    tempo=st.sampled_from([40.0, 66.0, 97.0, 140.0, 180.0]),
    number=st.integers(0, 200),
)
def test_parts_are_playable(seed: int, mood: str, key: str, tempo: float, number: int) -> None:
    form = Form(Score(seed, mood, key, tempo))
    passage = form.passage(number)
    for stem in STEMS:
        for note in PARTS[stem](form, passage):
            assert note.instrument in INSTRUMENTS
            assert 0.0 <= note.start < passage.beats
            assert note.length > 0.0
            assert 20 <= note.key <= 108
            assert -1.0 <= note.pan <= 1.0
            assert note.late_s >= 0.0


def test_a_passage_does_not_depend_on_what_was_asked_before() -> None:
    score = Score(5, "wonder", "D", 84)
    forwards = Form(score)
    for number in range(40):
        forwards.passage(number)
    assert Form(score).passage(37) == forwards.passage(37)


def test_the_theme_belongs_to_the_seed_and_comes_back() -> None:
    themes = {invent_motif(Form(Score(seed, "calm", "C", 70)).randomness("motif"), 4) for seed in range(30)}
    assert len(themes) > 15
    form = Form(Score(9, "warm", "G", 90))
    assert [variation_of(form, phrase) for phrase in (0, 4, 8)] == ["theme"] * 3
    opening = [note.start for note in write_melody(form, form.passage(0))]
    later = [note.start for note in write_melody(form, form.passage(16))]
    assert set(opening) == set(later)


def test_long_melody_notes_belong_to_the_chord() -> None:
    form = Form(Score(4, "wonder", "D", 84))
    for number in range(32):
        passage = form.passage(number)
        for note in write_melody(form, passage):
            if note.length >= passage.beats / 2:
                assert note.key % 12 in passage.chord.tones


def test_moods_differ_in_harmony_metre_and_orchestra() -> None:
    forms = [Form(Score(3, mood, "C", 80)) for mood in MOODS]
    orchestras = {
        frozenset(
            note.instrument
            for number in range(8)
            for part in PARTS.values()
            for note in part(form, form.passage(number))
        )
        for form in forms
    }
    assert len(orchestras) == len(MOODS)
    assert len({form.mood.beats_per_bar for form in forms}) == 2
    assert len({tuple(form.chord(number) for number in range(16)) for form in forms}) == len(MOODS)


@pytest.mark.parametrize("mood", list(MOODS))
def test_the_bars_of_a_score_are_those_of_its_form(mood: str) -> None:
    score = Score(1, mood, "C", 83.0)
    assert Form(score).bar_s * 48_000 == pytest.approx(score.bar_samples)


def test_every_motif_is_a_theme_of_its_own_and_stays_the_same() -> None:
    themes = [invent_motif(Form(Score(5, "calm", "C", 80.0)).randomness("motif"), 4, turn) for turn in range(4)]
    assert len({theme.call.steps for theme in themes}) == len({theme.call.rhythm for theme in themes}) == len(MOTIFS)
    keys = {motif: _sung(Score(5, "calm", "C", 80.0, motif)) for motif in MOTIFS}
    assert len(set(keys.values())) == len(MOTIFS)
    with pytest.raises(UnknownName, match="mystery"):
        Form(Score(5, "calm", "C", 80.0, "villain"))
    assert keys["ai"] == _sung(Score(5, "calm", "C", 80.0, "ai"))


def _sung(score: Score) -> tuple[tuple[str, int, float], ...]:
    form = Form(score)
    return tuple(
        (note.instrument, note.key, note.start)
        for number in range(4)
        for note in write_melody(form, form.passage(number))
    )


@pytest.mark.parametrize("mood", list(MOODS))
@pytest.mark.parametrize("key", ["C", "Dm"])
@pytest.mark.parametrize("end_s", [9.0, 31.7])
def test_a_piece_comes_home_and_nothing_begins_after_its_last_chord(mood: str, key: str, end_s: float) -> None:
    form = Form(Score(7, mood, key, 72.0, "hero", round(end_s * 48_000)))
    assert form.last is not None
    assert form.beats_to_end(form.last) * form.beat_s >= LAST_CHORD_S
    last = form.passage(form.last)
    assert last.chord.root == form.key.tonic
    written = {stem: ending(form, last, PARTS[stem](form, last)) for stem in STEMS}
    assert written["pad"]
    assert written["bass"]
    for note in (note for notes in written.values() for note in notes):
        assert note.start < 0.5
        assert note.start + note.length <= form.beats_to_end(form.last) + 0.5
    after = form.passage(form.last + 1)
    assert not any(ending(form, after, PARTS[stem](form, after)) for stem in STEMS)
    if form.last >= 3:
        before = form.passage(form.last - 2)
        assert before.chord == Form(Score(7, mood, key, 72.0, "hero")).passage(form.last - 2).chord
