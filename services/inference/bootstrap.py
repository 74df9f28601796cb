"""Builds engines from the lineup and binds them to deployments; Ray Serve's configuration names the builders here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ray import serve

from services.inference.adapters.serve_ray import deployments
from services.inference.adapters.serve_ray.remote import RemoteComposer, RemotePainter, RemoteVoice
from services.inference.lineup import EngineChoice, LineupError, read_lineup
from services.inference.ports import Animator, Composer, Foley, Guard, Painter, Puppets, Voice, Writer
from services.inference.settings import Settings, read_settings

Factory = Callable[[EngineChoice, Settings], Any]


def _writer_smollm2(_: EngineChoice, settings: Settings) -> Writer:
    from services.inference.adapters.writer_transformers.writer import TransformersWriter

    return TransformersWriter.on_laptop(settings.cache)


def _writer_chat(choice: EngineChoice, _: Settings) -> Writer:
    from services.inference.adapters.writer_transformers.writer import TransformersWriter

    return TransformersWriter.on_gpu(choice.text("model"), choice.text("device"))


def _painter_raymarch(_: EngineChoice, __: Settings) -> Painter:
    from services.inference.adapters.painter_raymarch.engine import RaymarchPainter

    return RaymarchPainter()


def _painter_diffusers(choice: EngineChoice, _: Settings) -> Painter:
    from services.inference.adapters.painter_diffusers.painter import DiffusersPainter, PainterModels

    return DiffusersPainter(PainterModels(choice.text("pipeline"), choice.text("depth"), choice.text("device")))


def _puppets_sprite(_: EngineChoice, settings: Settings) -> Puppets:
    from services.inference.adapters.puppets_sprite.engine import SpritePuppets

    return SpritePuppets(cache=settings.cache / "puppets")


def _voice_neural(_: EngineChoice, __: Settings) -> Voice:
    from services.inference.adapters.voice_neural import NeuralVoice

    return NeuralVoice.load()


def _composer_score(choice: EngineChoice, _: Settings) -> Composer:
    from services.inference.adapters.composer_score import ScoreComposer

    return ScoreComposer(Path(choice.text("soundfont")))


def _foley_synthesis(_: EngineChoice, __: Settings) -> Foley:
    from services.inference.adapters.foley_synthesis import SynthesisedFoley

    return SynthesisedFoley()


def _guard_rules(_: EngineChoice, __: Settings) -> Guard:
    from services.inference.adapters.guard_rules.guard import RulesGuard

    return RulesGuard()


ENGINES: Mapping[tuple[str, str], Factory] = {
    ("writer", "smollm2"): _writer_smollm2,
    ("writer", "chat"): _writer_chat,
    ("painter", "raymarch"): _painter_raymarch,
    ("painter", "diffusers"): _painter_diffusers,
    ("puppets", "sprite"): _puppets_sprite,
    ("voice", "neural"): _voice_neural,
    ("composer", "score"): _composer_score,
    ("foley", "synthesis"): _foley_synthesis,
    ("guard", "rules"): _guard_rules,
}


def engine(kind: str) -> Any:
    """The engine that the lineup names. Raises LineupError for a name that is not known."""
    settings = read_settings()
    choice = read_lineup(settings.lineup).choice(kind)
    factory = ENGINES.get((kind, choice.engine))
    if factory is None:
        known = sorted(name for of, name in ENGINES if of == kind)
        raise LineupError(f"engines.{kind}.engine: unknown {choice.engine!r}; known: {', '.join(known)}")
    return factory(choice, settings)


def _stage(painter: RemotePainter, voice: RemoteVoice, composer: RemoteComposer) -> Animator:
    from services.inference.adapters.animator_stage import StageAnimator

    return StageAnimator(painter, engine("puppets"), voice, composer, engine("foley"))


def _stage_knows() -> tuple[tuple[str, ...], tuple[str, ...]]:
    return engine("puppets").known_puppets(), engine("foley").known_sounds()


def _bound(name: str, of: type, *arguments: Any) -> serve.Application:
    application: serve.Application = serve.deployment(name=name)(of).bind(*arguments)
    return application


def _maker(kind: str) -> Callable[[], Any]:
    def make() -> Any:
        return engine(kind)

    return make


def guard_application(_: Mapping[str, str]) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound("Guard", deployments.Guard, _maker("guard"))


def writer_application(_: Mapping[str, str]) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound("Writer", deployments.Writer, _maker("writer"))


def painter_application(_: Mapping[str, str]) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound("Painter", deployments.Painter, _maker("painter"))


def voice_application(_: Mapping[str, str]) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound("Voice", deployments.Voice, _maker("voice"))


def composer_application(_: Mapping[str, str]) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound("Composer", deployments.Composer, _maker("composer"))


def animator_application(_: Mapping[str, str]) -> serve.Application:
    """Builder named in Serve's configuration. Only the stage animates; another engine gets its name here."""
    return _bound("Animator", deployments.Animator, _stage, _stage_knows)
