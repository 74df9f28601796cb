"""Draws the frames of one take: a pure function of the order and the frame number, into reused buffers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import kernels, kernels_scene, kernels_view
from services.inference.adapters.animator_stage.air import Eye, clouds, specks
from services.inference.adapters.animator_stage.blown_air import BLOWN, drifting, gusts
from services.inference.adapters.animator_stage.camera import CameraPath, Pose
from services.inference.adapters.animator_stage.cards import Card
from services.inference.adapters.animator_stage.cast import CLOSED_MOUTH, Actor, Placing, place
from services.inference.adapters.animator_stage.focus import Focus, defocus, focus_at, margin_px, softened
from services.inference.adapters.animator_stage.grade import grade_at
from services.inference.adapters.animator_stage.lights import light_weights, strength_of
from services.inference.adapters.animator_stage.noise import chance, drift, grain_tile
from services.inference.adapters.animator_stage.rain import rain_on_glass
from services.inference.adapters.animator_stage.scenery import DEPTH_CODES_PER_OCTAVE, Scenery
from services.inference.adapters.animator_stage.shafts import LitAir
from services.inference.adapters.animator_stage.tones import (
    display,
    finish_curve,
    plane_colour,
    tone_tables,
    warm_gains,
)
from services.inference.adapters.animator_stage.whirl import whirl
from services.inference.domain.shot import GradeKey, TakeOrder
from services.inference.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND

_SPECKS: Final = ("dust", "snow", "steam", "sparks", "embers")
_OWN_SHADOW_BELOW: Final = 3
_LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Simplified:
    """What is drawn simpler to keep time. speck_share: 0..1; still_far: draw the place on every second frame only."""

    speck_share: float = 1.0
    still_far: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything that a frame is drawn from besides the take. air: (frame, share) pairs that are laid over each other
    (two while the take is held, so that the loop closes). step: frame of the held loop, -1 while it runs."""

    frame: int
    grade: GradeKey
    pose: Pose
    weights: dict[str, float]
    gains: NDArray[np.float32]
    air: tuple[tuple[int, float], ...]
    step: int = -1


@dataclass(frozen=True, slots=True)
class _Entrance:
    """A puppet as it is drawn now."""

    actor: Actor
    frame: int
    mouth: str
    depth_m: float


@dataclass(frozen=True, slots=True)
class _Foot:
    """Where a sprite meets the floor, in its own pixels: middle and width of its lowest band, and how solid that is."""

    x_px: float
    y_px: float
    width_px: float
    solidity: float


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A puppet's sprite, drawn once for as long as `key` stays. corner: its upper left pixel on the plate."""

    key: tuple[object, ...]
    sprite: NDArray[np.uint8]
    corner: tuple[int, int]
    foot: _Foot | None


class Picture:
    """One take's frames. Not for two threads at once: the buffers are reused."""

    def __init__(
        self,
        order: TakeOrder,
        keys: Sequence[GradeKey],
        scenery: Scenery,
        actors: Sequence[Actor],
        path: CameraPath,
        card: Card | None,
    ) -> None:
        self._order = order
        self._keys = keys
        self._scenery = scenery
        self._actors = actors
        self._path = path
        self._card = card
        self._width = order.rendition.width
        self._height = order.rendition.height
        self._make_buffers()
        self._mixed: tuple[object, ...] | None = None
        self._mixed_box = (0, 0, 0, 0)
        self._last_far: bytes | None = None
        self._kept_far: bytes | None = None
        self._curves: dict[float, NDArray[np.uint16]] = {}
        self._tones = tone_tables()
        self._clear_haze: float = 0.0
        self._vignette = self._base_gain()
        self._grain = grain_tile()
        self._lit_air = LitAir(scenery, order.shot.view.seed, self._sx.shape)
        self._drawings: dict[int, _Drawing] = {}
        self._drawn: tuple[int, Simplified] | None = None

    def frame(self, frame: int, simplified: Simplified = Simplified()) -> NDArray[np.uint8]:
        """(height * 3 / 2, width) uint8 I420 of one frame; valid until the next call."""
        grade = grade_at(self._keys, frame)
        return self._draw(self._moment(frame, grade, ((frame, 1.0),)), simplified)

    def held(self, step: int) -> NDArray[np.uint8]:
        """Frame `step` of the loop that follows the take: the end pose and end light, air that closes on itself."""
        last = self._order.shot.frame_count - 1
        share = step / FRAMES_PER_CHUNK
        air = ((last + 1 + step, 1.0 - share), (last + 1 + step - FRAMES_PER_CHUNK, share))
        moment = self._moment(last, grade_at(self._keys, last), air, step)
        return self._draw(moment, Simplified())

    def _moment(self, frame: int, grade: GradeKey, air: tuple[tuple[int, float], ...], step: int = -1) -> Moment:
        order = self._order
        weights = light_weights(order.shot, grade, frame, outdoor=self._scenery.outdoor, calm=order.calm)
        exposure = 2.0 ** (round(grade.exposure_stops * 64.0) / 64.0)
        gains = np.asarray(warm_gains(round(grade.warmth * 64.0) / 64.0) * exposure, dtype=np.float32)
        pose = self._path.pose(frame, grade.camera_energy, calm=order.calm)
        return Moment(frame, grade, pose, weights, gains, air, step)

    def _draw(self, moment: Moment, simplified: Simplified) -> NDArray[np.uint8]:
        haze = self._haze(moment)
        air_rgb = display(self._air_linear(moment))
        veil_colour = plane_colour(air_rgb)
        reuse = simplified.still_far and self._drawn == (moment.frame - 1, simplified) and bool(moment.frame & 1)
        if reuse:
            np.copyto(self._luma, self._far_luma)
            np.copyto(self._chroma, self._far_chroma)
        else:
            self._far(moment, veil_colour, haze, keep=simplified.still_far)
        self._drawn = (moment.frame, simplified)
        rows = self._specks(moment, air_rgb, simplified.speck_share)
        entrances = self._entrances(moment)
        focus = self._focus(moment, entrances)
        if focus.pulled:
            defocus(self._luma, self._chroma, focus, self._sw)
        split = 1.0 / entrances[-1].depth_m if entrances else 0.0
        kernels_scene.specks(self._luma, self._chroma, rows[rows[:, 8] <= split], self._near, self._sx, self._sy)
        self._cast(moment, entrances, focus, veil_colour, haze)
        kernels_scene.specks(self._luma, self._chroma, rows[rows[:, 8] > split], self._near, self._sx, self._sy)
        return self._finish(moment)

    def _far(self, moment: Moment, veil_colour: NDArray[np.float32], haze: float, *, keep: bool) -> None:
        """The place without its puppets. Where neither camera nor light nor air moves, what is kept of it stays."""
        key = self._far_key(moment, veil_colour, haze)
        if key is not None and key == self._kept_far:
            np.copyto(self._luma, self._far_luma)
            np.copyto(self._chroma, self._far_chroma)
            return
        self._look(moment)
        self._mix(moment, haze)
        self._place(moment, veil_colour)
        if keep or (key is not None and key == self._last_far):
            np.copyto(self._far_luma, self._luma)
            np.copyto(self._far_chroma, self._chroma)
            self._kept_far = key
        self._last_far = key

    def _far_key(self, moment: Moment, veil_colour: NDArray[np.float32], haze: float) -> bytes | None:
        """All that the place without its puppets hangs on; None where something in it drifts."""
        shot = self._order.shot
        moving = any(len(self._sheets(moment, frame)) for frame, _ in moment.air) or self._shafts(moment) > 0.0
        moving = moving or self._gusts() > 0.0 or strength_of(shot, "dust_devil", moment.frame) > 0.0
        if moving or strength_of(shot, "torch", moment.frame) > 0.0:
            return None
        light = np.array([*moment.weights.values(), haze])
        return b"".join(part.tobytes() for part in (moment.pose.packed(), light, moment.gains, veil_colour))

    def _mix(self, moment: Moment, haze: float) -> None:
        """Light the plate: where it is seen while the light changes, and all of it once the light stands."""
        key = (tuple(moment.weights.values()), moment.gains.tobytes(), haze)
        scenery = self._scenery
        box = seen = self._seen_box()
        if key == self._mixed:
            left, top, right, bottom = self._mixed_box
            if left <= seen[0] and top <= seen[1] and right >= seen[2] and bottom >= seen[3]:
                return
        if key == self._mixed or self._mixed is None:
            box = (0, 0, scenery.width, scenery.height)
        kernels.mix(
            scenery.stack,
            scenery.coefficients(moment.weights, moment.gains),
            self._transmittance(haze),
            haze > 0.0,
            self._air_linear(moment),
            self._tones,
            self._lit,
            self._lit_chroma,
            *box,
        )
        self._mixed, self._mixed_box = key, box

    def _transmittance(self, haze: float) -> NDArray[np.uint8]:
        """(height, width) uint8: share of light that comes through the air, times 255; as it was where no haze is."""
        if haze > 0.0 and haze != self._clear_haze:
            metres = 2.0 ** (np.arange(256) / DEPTH_CODES_PER_OCTAVE) - 1.0
            clear = 1.0 - haze * (1.0 - np.exp(-0.9 / self._path.lens.subject_m * metres))
            cv2.LUT(self._scenery.depth_code, np.round(255.0 * clear).astype(np.uint8), self._clear)
            self._clear_haze = haze
        return self._clear

    def _seen_box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of what the camera sees of the plate, even, with what interpolation adds."""
        width, height = self._scenery.width, self._scenery.height
        low = (max(int(field.min()) - 3, 0) & ~1 for field in (self._sx, self._sy))
        high = (max(int(field.max()) + 5, 2) & ~1 for field in (self._sx, self._sy))
        left, top = (min(value, limit - 2) for value, limit in zip(low, (width, height), strict=True))
        right, bottom = (min(value, limit) for value, limit in zip(high, (width, height), strict=True))
        return left, top, right, bottom

    def _air_linear(self, moment: Moment) -> NDArray[np.float32]:
        """Colour of thick air: what lights the place, tinted by its fog."""
        light = self._scenery.air_light(moment.weights, moment.gains)
        fog = np.array(self._scenery.plates.fog_colour, dtype=np.float32)
        level = float(light @ _LUMINANCE)
        tint = fog / max(float(fog @ _LUMINANCE), 1e-4)
        return np.asarray(0.8 * light + 0.8 * level * tint, dtype=np.float32)

    def _weather(self, grade: GradeKey) -> float:
        """Strength of blown dust outdoors."""
        if not self._scenery.outdoor:
            return 0.0
        painted = BLOWN.get(self._order.shot.view.weather, 0.0)
        return painted + (1.0 - painted) * grade.weather

    def _haze(self, moment: Moment) -> float:
        shot = self._order.shot
        fog = 0.55 * strength_of(shot, "fog", moment.frame)
        storm = 0.8 * strength_of(shot, "storm", moment.frame) + 0.75 * moment.grade.weather * self._scenery.outdoor
        dust = 0.2 * strength_of(shot, "dust", moment.frame)
        return round(min(max(fog, storm, dust), 0.9) * 128.0) / 128.0

    def _look(self, moment: Moment) -> None:
        """Where on the plate each grid point of the picture looks, and how far away that is."""
        scenery = self._scenery
        focal = scenery.plates.camera.focal_px
        packed = moment.pose.packed()
        kernels_view.unveil(scenery.near, packed, focal, focal, self._width, self._height, self._sw)
        kernels_view.reproject(
            self._sw, packed, focal, focal, self._width, self._height, scenery.width, scenery.height, self._sx, self._sy
        )

    def _place(self, moment: Moment, veil_colour: NDArray[np.float32]) -> None:
        scenery = self._scenery
        focal = scenery.plates.camera.focal_px
        packed = moment.pose.packed()
        self._veil[:] = 0.0
        for frame, share in moment.air:
            sheets = self._sheets(moment, frame)
            if len(sheets):
                tile = clouds(self._order.shot.view.seed % 4)
                kernels_scene.billow(
                    self._sw, packed, focal, self._width, self._height, tile, sheets, share, self._veil
                )
        self._whirl(moment)
        veil_colour = self._lit_air.lay(
            self._shafts(moment),
            moment.air[0][0],
            moment.weights,
            moment.gains,
            self._veil,
            (self._sx, self._sy),
            veil_colour,
        )
        np.copyto(self._gain, self._vignette)
        self._gust(moment)
        self._torch(moment)
        kernels_view.warp(
            self._lit,
            self._lit_chroma,
            scenery.width,
            scenery.height,
            self._sx,
            self._sy,
            self._veil,
            self._gain,
            veil_colour,
            self._luma,
            self._chroma,
        )

    def _shafts(self, moment: Moment) -> float:
        """Strength of light that hangs in the air; dust that a viewer's act blows in shows what is there."""
        blown = 0.0 if self._scenery.outdoor else 0.7 * moment.grade.weather
        return max(strength_of(self._order.shot, "shafts", moment.frame), blown)

    def _focus(self, moment: Moment, entrances: Sequence[_Entrance]) -> Focus:
        depths = [entrance.depth_m for entrance in entrances]
        subject = [e.depth_m for e in entrances if e.actor.staging.position == self._order.shot.view.subject]
        subject_m = subject[0] if subject else max(depths, default=self._path.lens.subject_m)
        frame = max(moment.frame, 0) + max(moment.step, 0)
        return focus_at(self._order.shot, frame, subject_m, depths, self._height)

    def _sheets(self, moment: Moment, frame: int) -> NDArray[np.float64]:
        """Rows for `kernels.billow`."""
        shot = self._order.shot
        fog = max(strength_of(shot, "fog", moment.frame), 0.35 * strength_of(shot, "steam", moment.frame))
        storm = max(strength_of(shot, "storm", moment.frame), self._weather(moment.grade))
        return drifting(fog, storm, self._path.lens.subject_m, frame / FRAMES_PER_SECOND)

    def _specks(self, moment: Moment, air_rgb: NDArray[np.float32], share: float) -> NDArray[np.float32]:
        shot = self._order.shot
        focal = self._scenery.plates.camera.focal_px
        eye = Eye(moment.pose, focal, self._width, self._height)
        strengths = {kind: strength_of(shot, kind, moment.frame) for kind in _SPECKS}
        blown = max(strength_of(shot, "storm", moment.frame), self._weather(moment.grade))
        strengths["storm"] = blown if self._scenery.outdoor else 0.0
        if not self._scenery.outdoor:
            strengths["dust"] = max(strengths["dust"], 0.6 * moment.grade.weather, 0.4 * self._shafts(moment))
        found = []
        for kind, strength in strengths.items():
            if strength <= 0.0:
                continue
            for frame, weight in moment.air:
                rows = specks(kind, strength * share, frame, shot.view.seed, eye, air_rgb)
                rows[:, 4] *= weight
                found.append(rows)
        return np.concatenate(found) if found else np.zeros((0, 9), np.float32)

    def _entrances(self, moment: Moment) -> list[_Entrance]:
        """Puppets from far to near, with the frame and the mouth each shows. Puppets that stay in place are drawn on
        twos, as hand-drawn animation is: half the drawing. The camera still moves on ones, and so do mouths: on twos
        they would be up to 80 ms away from the voice."""
        entrances = []
        for actor in self._actors:
            if moment.step >= 0:
                frame, mouth = actor.idle_frame(moment.frame, moment.step), CLOSED_MOUTH
            else:
                frame = moment.frame & ~1 if actor.stays else moment.frame
                mouth = actor.mouths[moment.frame]
            entrances.append(_Entrance(actor, frame, mouth, max(actor.track.depth_m(frame), 0.2)))
        return sorted(entrances, key=lambda entrance: -entrance.depth_m)

    def _drawing(self, entrance: _Entrance, moment: Moment) -> _Drawing:
        """The puppet lit as at the frame that it shows."""
        if moment.step < 0 and entrance.frame != moment.frame:
            moment = self._moment(entrance.frame, grade_at(self._keys, entrance.frame), moment.air)
        key = (entrance.frame, entrance.mouth, tuple(moment.weights.values()), moment.gains.tobytes())
        kept = self._drawings.get(id(entrance.actor))
        if kept is not None and kept.key == key:
            return kept
        sprite, x, y = entrance.actor.track.draw(entrance.frame, moment.weights, entrance.mouth, moment.gains.tolist())
        drawing = self._drawings[id(entrance.actor)] = _Drawing(key, sprite, (x, y), self._foot(sprite, y))
        return drawing

    def _foot(self, sprite: NDArray[np.uint8], top: int) -> _Foot | None:
        """None where the picture ends above the feet."""
        return None if top + sprite.shape[0] >= self._scenery.height else _foot_of(sprite)

    def _cast(
        self,
        moment: Moment,
        entrances: Sequence[_Entrance],
        focus: Focus,
        veil_colour: NDArray[np.float32],
        haze: float,
    ) -> None:
        sheets = self._sheets(moment, moment.air[0][0]) if entrances else ()
        for entrance in entrances:
            depth = entrance.depth_m
            drawing = self._drawing(entrance, moment)
            sprite = drawing.sprite
            if sprite.size == 0:
                continue
            shape = (sprite.shape[0], sprite.shape[1])
            radius = focus.radius_px(depth)
            placing = place(
                self._scenery, moment.pose, self._width, self._height, shape, drawing.corner, depth, margin_px(radius)
            )
            if placing is None:
                continue
            before = float(sum(0.28 * row[4] for row in sheets if row[0] < depth))
            veil = min(haze * (1.0 - np.exp(-0.9 * depth / self._path.lens.subject_m)) + before, 0.9)
            veil, colour = self._lit_air.over(veil, veil_colour, placing)
            if drawing.foot is not None:
                self._contact(drawing.foot, placing, depth)
            self._stand(sprite, placing, depth, veil, colour, radius, focus.is_foreground(depth))

    def _stand(
        self,
        sprite: NDArray[np.uint8],
        placing: Placing,
        depth: float,
        veil: float,
        veil_colour: NDArray[np.float32],
        blur_px: float,
        foreground: bool,
    ) -> None:
        """The sprite where the camera sees it, behind what stands before it."""
        left, top, right, bottom = (int(value) for value in placing.box)
        across, down = right - left + (right - left) % 2, bottom - top + (bottom - top) % 2
        affine = placing.affine.reshape(2, 3).copy()
        affine[:, 2] += affine[:, :2] @ (left, top)
        card = cv2.warpAffine(sprite, affine, (across, down), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        if foreground or blur_px > 0.0:
            card = softened(np.asarray(card, dtype=np.uint8), blur_px, foreground)
        step, near = kernels.GRID_STEP, 1.0 / depth
        rows = slice(top // step, (top + down) // step + 2)
        columns = slice(left // step, (left + across) // step + 2)
        sx, sy = self._sx[rows, columns], self._sy[rows, columns]
        hidden = self._scenery.blocks(sx.min(), sy.min(), sx.max() + 1.0, sy.max() + 1.0, 1.02 * near)
        kernels_scene.stand(
            self._luma,
            self._chroma,
            *cv2.split(card),
            left,
            top,
            hidden,
            self._scenery.blockers,
            self._sx,
            self._sy,
            self._gain,
            near,
            veil,
            veil_colour,
        )

    def _contact(self, foot: _Foot, placing: Placing, depth: float) -> None:
        """A soft shadow where the lowest part of the sprite meets the floor."""
        ax, bx, cx, ay, by, cy = placing.affine.tolist()
        across, down = foot.x_px - cx, foot.y_px - cy
        area = ax * by - bx * ay
        x, y = (across * by - bx * down) / area, (ax * down - across * ay) / area
        least = 0.16 * self._scenery.plates.camera.focal_px / depth
        radius = max(0.62 * foot.width_px * placing.scale, least)
        kernels_scene.shade(
            self._luma,
            x,
            y - 0.1 * radius,
            radius,
            0.26 * radius,
            0.6 * foot.solidity,
            self._scenery.blockers,
            self._sx,
            self._sy,
            1.0 / depth,
        )

    def _whirl(self, moment: Moment) -> None:
        """A dust devil far away under the open sky, lit as the air is."""
        strength = strength_of(self._order.shot, "dust_devil", moment.frame) * self._scenery.outdoor
        if strength <= 0.0:
            return
        size, tile = (self._width, self._height), clouds(self._order.shot.view.seed % 4)
        camera, packed = self._scenery.plates.camera, moment.pose.packed()
        hidden = whirl(self._sw, packed, camera, size, kernels.GRID_STEP, tile, moment.air)
        self._veil += (1.0 - self._veil) * strength * hidden

    def _gusts(self) -> float:
        """Strength of dust that blows behind the windows of a room."""
        room = self._scenery.windows and not self._scenery.outdoor
        return BLOWN.get(self._order.shot.view.weather, 0.0) if room else 0.0

    def _gust(self, moment: Moment) -> None:
        strength = self._gusts()
        if strength <= 0.0:
            return
        size, tile = (self._width, self._height), clouds(self._order.shot.view.seed % 4)
        focal = self._scenery.plates.camera.focal_px
        self._gain *= gusts(strength, self._sw, moment.pose.packed(), focal, size, tile, moment.air)

    def _torch(self, moment: Moment) -> None:
        torch = strength_of(self._order.shot, "torch", moment.frame)
        if torch <= 0.0:
            return
        seed = self._order.shot.view.seed
        time_s = moment.frame / FRAMES_PER_SECOND
        energy = 0.6 + 0.4 * moment.grade.camera_energy
        x = self._width * (0.5 + 0.2 * energy * drift(seed + 21, 0.45 * time_s))
        y = self._height * (0.52 + 0.14 * energy * drift(seed + 22, 0.55 * time_s))
        rows, columns = self._gain.shape
        across = (np.arange(columns, dtype=np.float32) * kernels.GRID_STEP - x) / (0.36 * self._height)
        down = (np.arange(rows, dtype=np.float32) * kernels.GRID_STEP - y) / (0.36 * self._height)
        square = across[None, :] ** 2 + down[:, None] ** 2
        spot = np.exp(-(square**1.5) * 0.8) + 0.3 * np.exp(-square * 0.45)
        self._gain *= (1.0 - 0.76 * torch) + torch * 0.95 * spot

    def _finish(self, moment: Moment) -> NDArray[np.uint8]:
        level = 1.0
        opacity = self._card.opacity(moment.frame) if self._card is not None else 0.0
        if self._card is not None:
            level *= 1.0 - self._card.dim * opacity
        contrast = round(moment.grade.contrast * 32.0) / 32.0
        curve = self._curves.get(contrast)
        if curve is None:
            curve = self._curves[contrast] = finish_curve(contrast)
        noise_frame = moment.frame if moment.step < 0 else moment.frame + 1 + moment.step
        offset = int(chance(7, noise_frame // 2 % 64) * 65536)
        kernels.finish(
            self._luma,
            self._chroma,
            curve,
            moment.grade.saturation,
            level,
            self._grain,
            offset,
            self._glitch(moment),
            self._picture,
        )
        rain = strength_of(self._order.shot, "rain", moment.frame)
        if rain > 0.0:
            rain_on_glass(self._picture, rain, moment.frame, self._order.shot.view.seed)
        if self._card is not None and opacity > 0.0:
            card = self._card
            kernels_scene.lay(self._picture, card.art, card.x_px, card.y_px, opacity, card.shadow)
        return self._picture

    def _glitch(self, moment: Moment) -> NDArray[np.int32]:
        """Pixels that each row slides by: bands that jump for some frames."""
        self._shift[:] = 0
        strength = strength_of(self._order.shot, "screen_glitch", moment.frame)
        if strength <= 0.0 or moment.step >= 0:
            return self._shift
        seed = self._order.shot.view.seed
        beat = moment.frame // 3
        if chance(seed + 31, beat // 4) > 0.35 + 0.5 * strength:
            return self._shift
        for band in range(5):
            top = int(chance(seed + 32 + band, beat) * self._height)
            tall = int((0.01 + 0.07 * chance(seed + 42 + band, beat)) * self._height)
            slide = (chance(seed + 52 + band, beat) - 0.5) * 0.12 * strength * self._width
            self._shift[top : top + tall] = 2 * int(0.5 * slide)
        return self._shift

    def _make_buffers(self) -> None:
        width, height = self._width, self._height
        scenery = self._scenery
        grid = (height // kernels.GRID_STEP + 2, width // kernels.GRID_STEP + 3)
        self._lit = np.empty(scenery.height * scenery.width, np.uint32)
        self._lit_chroma = np.empty(scenery.height * scenery.width // 4, np.uint32)
        self._luma = np.empty((height, width), np.uint16)
        self._chroma = np.empty((2, height // 2, width // 2), np.uint16)
        self._far_luma = np.empty_like(self._luma)
        self._far_chroma = np.empty_like(self._chroma)
        self._picture = np.empty((height * 3 // 2, width), np.uint8)
        self._shift = np.zeros(height, np.int32)
        self._clear = np.full((scenery.height, scenery.width), 255, np.uint8)
        self._near = scenery.near
        self._sx, self._sy, self._sw, self._veil, self._gain = (np.zeros(grid, np.float32) for _ in range(5))

    def _base_gain(self) -> NDArray[np.float32]:
        rows, columns = self._gain.shape
        across = (np.arange(columns, dtype=np.float32) * kernels.GRID_STEP / self._width - 0.5) * 2.0
        down = (np.arange(rows, dtype=np.float32) * kernels.GRID_STEP / self._height - 0.5) * 2.0
        square = 0.55 * across[None, :] ** 2 + 0.45 * down[:, None] ** 2
        return np.asarray(1.0 - 0.2 * square**1.6, dtype=np.float32)


def _foot_of(sprite: NDArray[np.uint8]) -> _Foot | None:
    """None where nothing is to be seen, or where the sprite ends in black: then it brought a shadow of its own."""
    if sprite.size == 0:
        return None
    alpha = sprite[:, :, 3]
    rows = np.flatnonzero(alpha.max(axis=1) > 24)
    if not rows.size:
        return None
    low = int(rows[-1])
    if int(sprite[low, :, :3].max()) < _OWN_SHADOW_BELOW:
        return None
    band = alpha[max(low - max(alpha.shape[0] // 14, 2), 0) : low + 1].max(axis=0)
    columns = np.flatnonzero(band > 24)
    solidity = float(band[columns].mean()) / 255.0
    return _Foot(0.5 * float(columns[0] + columns[-1]), low, float(columns[-1] - columns[0]), solidity)
