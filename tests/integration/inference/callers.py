"""Callers of the model services: stubs that name their application, and orders worth a call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
from cineloom.inference.v1 import (
    animator_pb2,
    animator_pb2_grpc,
    composer_pb2_grpc,
    guard_pb2_grpc,
    painter_pb2_grpc,
    voice_pb2_grpc,
    writer_pb2_grpc,
)
from cineloom.media.v1 import media_pb2
from cineloom.scene.v1 import scene_pb2

CALL_LIMIT_S = 120.0
STUBS = {
    "animator": animator_pb2_grpc.AnimatorServiceStub,
    "composer": composer_pb2_grpc.ComposerServiceStub,
    "guard": guard_pb2_grpc.GuardServiceStub,
    "painter": painter_pb2_grpc.PainterServiceStub,
    "voice": voice_pb2_grpc.VoiceServiceStub,
    "writer": writer_pb2_grpc.WriterServiceStub,
}


class Callers:
    """`ask` for one answer, `stream` for several."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stubs: dict[str, Any] = {name: stub(channel) for name, stub in STUBS.items()}

    async def ask(self, service: str, method: str, request: Any) -> Any:
        return await self._call(service, method, request)

    async def all(self, service: str, method: str, request: Any) -> list[Any]:
        stream: AsyncIterator[Any] = self._call(service, method, request)
        return [answer async for answer in stream]

    def _call(self, service: str, method: str, request: Any) -> Any:
        call = getattr(self._stubs[service], method)
        return call(request, timeout=CALL_LIMIT_S, metadata=(("application", service),))


def order(**changes: Any) -> animator_pb2.TakeOrder:
    """Two seconds in the corridor, with a figure that speaks, a score and a door."""
    shot: dict[str, Any] = {
        "view": scene_pb2.View(
            set_name="corridor", framing="medium", time_of_day="day", weather="clear", mood="calm", seed=3
        ),
        "frame_count": 48,
        "camera": scene_pb2.CameraMove(kind="push_in", strength=0.5),
        "staging": [
            scene_pb2.Staging(puppet="engineer", position="centre", pose="stand", emotion="calm", speaks="mira")
        ],
        "lines": [
            scene_pb2.SpokenLine(
                speaker="mira", text="Seal the door.", voice="engineer", emotion="tense", pace=1.0, start_frame=4
            )
        ],
        "music": [
            scene_pb2.MusicCue(
                seed=5, mood="tense", key="Dm", tempo_bpm=90, start_sample=0, intensity_from=0.3, intensity_to=0.6,
                gain_from=1.0, gain_to=1.0,
            )
        ],
        "sounds": [scene_pb2.SoundCue(sound="door", start_frame=10, gain=1.0)],
        "transition": "cut",
    }  # fmt: skip
    return animator_pb2.TakeOrder(
        shot=scene_pb2.Shot(**{**shot, **changes}),
        grade=[scene_pb2.GradeKey(saturation=1.0, contrast=1.0, camera_energy=1.0)],
        rendition=media_pb2.Rendition(codec=media_pb2.CODEC_H264, width=640, height=360, bitrate_bps=800_000),
    )
