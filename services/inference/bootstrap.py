"""Builds engines from the lineup and binds them to deployments; Ray Serve's configuration names the builders here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ray import serve

from services.inference.adapters.serve_ray import deployments
from services.inference.adapters.serve_ray.deployments import OtherEngines, OwnEngines
from services.inference.adapters.serve_ray.plates_files import PlatesFiles
from services.inference.adapters.serve_ray.remote import reach_composer, reach_painter, reach_voice
from services.inference.lineup import KINDS, EngineChoice, LineupError, read_lineup
from services.inference.ports import Animator, Composer, Foley, Guard, Puppets, SetPainter, Voice, Writer
from services.inference.settings import Settings, read_settings

PLATES_FOLDER = "plates"
DIFFUSION_STEPS = 28
DIFFUSION_GUIDANCE = 5.0
MUSIC_SECTION_S = 20.0
SAME_REPLICA_ROUTER = "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
"""Callers name the shot in the `session_id` metadata; replicas that come and go move few shots to others."""


@dataclass(frozen=True, slots=True)
class Maker:
    """build: makes the engine. options: what a lineup may say of it."""

    build: Callable[..., Any]
    options: tuple[str, ...] = ()


def _writer_smollm2(_: EngineChoice, settings: Settings) -> Writer:
    from services.inference.adapters.writer_transformers.writer import TransformersWriter

    return TransformersWriter.on_laptop(settings.cache)


def _writer_chat(choice: EngineChoice, _: Settings) -> Writer:
    from services.inference.adapters.writer_transformers.writer import TransformersWriter

    return TransformersWriter.on_gpu(
        choice.text("model"), choice.text("device"), choice.flag("local_files_only", default=True)
    )


def _painter_raymarch(_: EngineChoice, __: Settings) -> SetPainter:
    from services.inference.adapters.painter_raymarch.engine import RaymarchPainter

    return RaymarchPainter()


def _painter_diffusers(choice: EngineChoice, _: Settings) -> SetPainter:
    from services.inference.adapters.painter_diffusers.painter import DiffusersPainter, PainterModels

    models = PainterModels(
        image=choice.text("image"),
        depth=choice.text("depth"),
        device=choice.text("device"),
        local_files_only=choice.flag("local_files_only", default=True),
        steps=choice.count("steps", DIFFUSION_STEPS),
        guidance=choice.number("guidance", DIFFUSION_GUIDANCE),
    )
    return DiffusersPainter(models)


def _puppets_sprite(_: EngineChoice, settings: Settings) -> Puppets:
    from services.inference.adapters.puppets_sprite.engine import SpritePuppets

    return SpritePuppets(cache=settings.cache / "puppets")


def _voice_neural(choice: EngineChoice, _: Settings) -> Voice:
    from services.inference.adapters.voice_neural import NeuralVoice

    return NeuralVoice.load(
        device=choice.text("device") if "device" in choice.options else "cpu",
        everyone=choice.flag("everyone", default=False),
    )


def _composer_score(choice: EngineChoice, _: Settings) -> Composer:
    from services.inference.adapters.composer_score import ScoreComposer

    return ScoreComposer(Path(choice.text("soundfont")))


def _composer_musicgen(choice: EngineChoice, _: Settings) -> Composer:
    from services.inference.adapters.composer_musicgen import MusicgenComposer, MusicModel

    model = MusicModel(
        name=choice.text("model"),
        device=choice.text("device"),
        local_files_only=choice.flag("local_files_only", default=True),
        section_s=choice.number("section_s", MUSIC_SECTION_S),
    )
    return MusicgenComposer(model)


def _foley_synthesis(_: EngineChoice, __: Settings) -> Foley:
    from services.inference.adapters.foley_synthesis import SynthesisedFoley

    return SynthesisedFoley()


def _guard_rules(_: EngineChoice, __: Settings) -> Guard:
    from services.inference.adapters.guard_rules.guard import RulesGuard

    return RulesGuard()


def _guard_chained(_: EngineChoice, __: Settings) -> Guard:
    from services.inference.adapters.embedder_transformers import SentenceEmbedder
    from services.inference.adapters.guard_chained import ChainedGuard
    from services.inference.adapters.guard_embeddings.guard import EmbeddingsGuard
    from services.inference.adapters.guard_rules.guard import RulesGuard

    return ChainedGuard(RulesGuard(), EmbeddingsGuard(SentenceEmbedder.packaged_minilm()))


def _animator_stage(choice: EngineChoice, _: Settings, own: OwnEngines, others: OtherEngines) -> Animator:
    from services.inference.adapters.animator_stage import StageAnimator, StageSettings

    settings = StageSettings(
        plates_kept=choice.count("plates_kept", StageSettings().plates_kept),
        speeches_kept=choice.count("speeches_kept", StageSettings().speeches_kept),
        deadline_s=choice.number("deadline_s", 0.0) or None,
    )
    return StageAnimator(others.painter, own.puppets, others.voice, others.composer, own.foley, settings)


ENGINES: Mapping[tuple[str, str], Maker] = {
    ("writer", "smollm2"): Maker(_writer_smollm2),
    ("writer", "chat"): Maker(_writer_chat, ("model", "device", "local_files_only")),
    ("painter", "raymarch"): Maker(_painter_raymarch),
    ("painter", "diffusers"): Maker(
        _painter_diffusers, ("image", "depth", "device", "local_files_only", "steps", "guidance")
    ),
    ("puppets", "sprite"): Maker(_puppets_sprite),
    ("voice", "neural"): Maker(_voice_neural, ("device", "everyone")),
    ("composer", "score"): Maker(_composer_score, ("soundfont",)),
    ("composer", "musicgen"): Maker(_composer_musicgen, ("model", "device", "local_files_only", "section_s")),
    ("foley", "synthesis"): Maker(_foley_synthesis),
    ("animator", "stage"): Maker(_animator_stage, ("plates_kept", "speeches_kept", "deadline_s")),
    ("guard", "rules"): Maker(_guard_rules),
    ("guard", "chained"): Maker(_guard_chained),
}


def check_lineup(settings: Settings) -> None:
    """Raises LineupError where the lineup names an engine or an option that is not known."""
    lineup = read_lineup(settings.lineup)
    for kind in KINDS:
        _maker(lineup.choice(kind))


def _maker(choice: EngineChoice) -> Maker:
    maker = ENGINES.get((choice.kind, choice.engine))
    if maker is None:
        known = ", ".join(sorted(name for kind, name in ENGINES if kind == choice.kind))
        raise LineupError(f"engines.{choice.kind}.engine: unknown {choice.engine!r}; known: {known}")
    unknown = ", ".join(sorted(set(choice.options) - set(maker.options)))
    if unknown:
        known = ", ".join(maker.options) or "none"
        raise LineupError(f"engines.{choice.kind}: engine {choice.engine!r} has no option {unknown}; known: {known}")
    return maker


def engine(kind: str, *needed: Any) -> Any:
    """The engine that the lineup names; needed: other engines that it is made of. Raises LineupError."""
    settings = read_settings()
    choice = read_lineup(settings.lineup).choice(kind)
    return _maker(choice).build(choice, settings, *needed)


def _own_engines() -> OwnEngines:
    return OwnEngines(engine("puppets"), engine("foley"))


async def _other_engines() -> OtherEngines:
    return OtherEngines(await reach_painter(), await reach_voice(), await reach_composer())


def _plates_files() -> PlatesFiles:
    settings = read_settings()
    return PlatesFiles(settings.cache / PLATES_FOLDER, settings.plates_bytes)


Options = Mapping[str, Any]
"""What Serve may be told of a deployment: num_replicas, max_ongoing_requests..."""


def _bound(options: Options, of: type, *arguments: Any) -> serve.Application:
    """Named after its class; `remote` finds it by that name."""
    deployment = serve.deployment(**{"name": of.__name__, **options})(of)
    application: serve.Application = deployment.bind(*arguments)
    return application


def guard_application(options: Options) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound(options, deployments.Guard, partial(engine, "guard"))


def writer_application(options: Options) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound(options, deployments.Writer, partial(engine, "writer"))


def painter_application(options: Options) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound(options, deployments.Painter, partial(engine, "painter"), _plates_files)


def voice_application(options: Options) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound(options, deployments.Voice, partial(engine, "voice"))


def composer_application(options: Options) -> serve.Application:
    """Builder named in Serve's configuration."""
    return _bound(options, deployments.Composer, partial(engine, "composer"))


def animator_application(options: Options) -> serve.Application:
    """Builder named in Serve's configuration."""
    routing: Options = {"request_router_config": {"request_router_class": SAME_REPLICA_ROUTER}}
    chosen = {**(routing if read_settings().take_affinity else {}), **options}
    return _bound(chosen, deployments.Animator, _own_engines, _other_engines, partial(engine, "animator"))
