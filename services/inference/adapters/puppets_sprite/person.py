"""The human figure: bones and parts from a body's measures and a face's features."""

from __future__ import annotations

from services.inference.adapters.puppets_sprite.design import Body, Design, Face, FormDesign, PartDesign, Vector

Bones = dict[str, tuple[Vector, str]]


def person_bones(body: Body) -> tuple[Bones, float]:
    """Bones at rest, and the scale of the face's coordinates.

    The arms stand well away from the body, so that no garment grows together with a sleeve."""
    s = body.height / 1.7
    x, arm = body.shoulders / 2, body.shoulders / 2 + 0.005
    hip = body.hips * 0.27
    bones: Bones = {
        "root": ((0, 0, 0), ""),
        "pelvis": ((0, 0.95, 0), "root"),
        "spine": ((0, 1.06, -0.005), "pelvis"),
        "chest": ((0, 1.2, -0.01), "spine"),
        "neck": ((0, 1.43, -0.025), "chest"),
        "head": ((0, 1.5, -0.01), "neck"),
        "jaw": ((0, 1.56, 0.0), "head"),
    }
    for side, sign in (("l", 1.0), ("r", -1.0)):
        bones[f"shoulder_{side}"] = ((sign * 0.03, 1.375, -0.03), "chest")
        bones[f"upper_arm_{side}"] = ((sign * x, 1.365, -0.015), f"shoulder_{side}")
        bones[f"forearm_{side}"] = ((sign * (arm + 0.125), 1.128, -0.02), f"upper_arm_{side}")
        bones[f"hand_{side}"] = ((sign * (arm + 0.235), 0.905, 0.0), f"forearm_{side}")
        bones[f"fingers_{side}"] = ((sign * (arm + 0.24), 0.825, 0.005), f"hand_{side}")
        bones[f"index_{side}"] = ((sign * (arm + 0.24), 0.825, 0.025), f"hand_{side}")
        bones[f"tips_{side}"] = ((sign * (arm + 0.246), 0.785, 0.005), f"fingers_{side}")
        bones[f"index_tip_{side}"] = ((sign * (arm + 0.246), 0.785, 0.028), f"index_{side}")
        bones[f"thigh_{side}"] = ((sign * hip, 0.92, 0), "pelvis")
        bones[f"shin_{side}"] = ((sign * (hip + 0.012), 0.5, 0.005), f"thigh_{side}")
        bones[f"foot_{side}"] = ((sign * (hip + 0.018), 0.095, -0.02), f"shin_{side}")
    scaled = {name: ((p[0] * s, p[1] * s, p[2] * s), parent) for name, (p, parent) in bones.items()}
    return scaled, body.head * (0.35 + 0.65)


def person_parts(design: Design) -> tuple[PartDesign, ...]:
    """Parts of a clothed person. Materials used: skin, suit, boots, soles, and gloves when the body wears them."""
    body = design.body
    parts = [_suit(body), _boots(body), _soles(body), _hands(body), _head(body, design.face)]
    return tuple(parts)


def _form(
    kind: str,
    at: Vector,
    size: tuple[float, ...],
    bone: str,
    blend: float = 0.03,
    to: Vector = (0.0, 0.0, 0.0),
    squash: float = 1.0,
    mirror: bool = False,
    cut: bool = False,
    turn: Vector = (0.0, 0.0, 0.0),
) -> FormDesign:
    return FormDesign(kind, at, size, to, turn, squash, bone, blend, cut=cut, mirror=mirror)


def _suit(body: Body) -> PartDesign:
    x, arm, hip, bulk = body.shoulders / 2, body.shoulders / 2 + 0.005, body.hips * 0.27, body.bulk
    shoulder, elbow, wrist = (x, 1.365, -0.015), (arm + 0.125, 1.128, -0.02), (arm + 0.228, 0.92, -0.002)
    forms = [
        _form("ellipsoid", (0, 0.955, -0.008), (body.hips / 2, 0.115, body.depth * 0.98), "pelvis"),
        _form("ellipsoid", (0, 1.09, -0.005), (body.waist / 2, 0.13, body.depth * 0.86), "spine", 0.09),
        _form("ellipsoid", (0, 1.27, -0.012), (body.chest / 2, 0.155, body.depth), "chest", 0.1),
        _form(
            "limb",
            (x - 0.03, 1.362, -0.018),
            (0.05 * bulk, 0.056 * bulk),
            "shoulder_l",
            0.07,
            (0.02, 1.38, -0.02),
            mirror=True,
        ),
        _form("limb", (0, 1.33, -0.022), (0.088, body.neck + 0.012), "chest", 0.06, (0, 1.418, -0.026), 0.9),
    ]
    if body.bust:
        forms.append(
            _form("ellipsoid", (0.062, 1.285, 0.07), (0.06, 0.055, 0.046 * body.bust), "chest", 0.05, mirror=True)
        )
    if body.belly:
        forms.append(_form("ellipsoid", (0, 1.06, 0.05), (0.12, 0.12, 0.09 * body.belly), "spine", 0.07))
    limbs = (
        (shoulder, elbow, 0.054, 0.046, "upper_arm_l", 0.045),
        (elbow, wrist, 0.047, 0.037, "forearm_l", 0.02),
        ((hip, 0.91, 0), (hip + 0.012, 0.5, 0.008), 0.088, 0.066, "thigh_l", 0.05),
        ((hip + 0.012, 0.5, 0.004), (hip + 0.018, 0.16, -0.018), 0.066, 0.056, "shin_l", 0.025),
    )
    for start, end, first, last, bone, blend in limbs:
        forms.append(_form("limb", start, (first * bulk, last * bulk), bone, blend, end, mirror=True))
    return PartDesign("suit", tuple(forms), folds=0.0055, cell=0.0185)


def _boots(body: Body) -> PartDesign:
    x, bulk = body.hips * 0.27 + 0.018, body.bulk
    forms = (
        _form("limb", (x - 0.004, 0.27, -0.012), (0.071 * bulk, 0.062 * bulk), "shin_l", 0.01, (x, 0.11, -0.022)),
        _form("limb", (x, 0.07, -0.03), (0.026 + 0.026 * bulk, 0.042), "foot_l", 0.04, (x + 0.008, 0.052, 0.125), 1.0),
        _form("ellipsoid", (x + 0.004, 0.095, 0.03), (0.026 + 0.02 * bulk, 0.04, 0.08), "foot_l", 0.04),
        _form("ring", (x - 0.004, 0.285, -0.012), (0.063 * bulk, 0.014), "shin_l", 0.006),
    )
    return PartDesign("boots", forms, mirror=True, folds=0.002, cell=0.015)


def _soles(body: Body) -> PartDesign:
    x = body.hips * 0.27 + 0.021
    forms = (
        _form("box", (x, 0.013, 0.075), (0.045, 0.017, 0.1, 0.016), "foot_l", 0.02, turn=(0, 4, 0)),
        _form("box", (x - 0.003, 0.016, -0.045), (0.04, 0.02, 0.042, 0.016), "foot_l", 0.01),
    )
    return PartDesign("soles", forms, mirror=True, cell=0.017)


def _hands(body: Body) -> PartDesign:
    x = body.shoulders / 2 + 0.24
    k = body.hands * (1.12 if body.gloves else 1.0)
    top = 0.905

    def at(dx: float, dy: float, dz: float) -> Vector:
        return (x + dx * k, top + dy * k, dz * k)

    forms = [
        _form("limb", at(-0.024, 0.05, -0.003), (0.026 * k, 0.024 * k), "forearm_l", 0.0, at(0, 0.0, 0.0), 1.1),
        _form("limb", at(0.001, -0.02, 0.004), (0.022 * k, 0.021 * k), "hand_l", 0.02, at(0.006, -0.07, 0.008), 1.75),
        _form("limb", at(0.0, -0.025, 0.03), (0.0135 * k, 0.011 * k), "hand_l", 0.018, at(-0.006, -0.062, 0.058)),
        _form("limb", at(-0.006, -0.062, 0.058), (0.0115 * k, 0.009 * k), "hand_l", 0.006, at(-0.012, -0.092, 0.062)),
    ]
    thick = 1.1 if body.gloves else 0.93
    for number, (dz, long) in enumerate(((0.036, 0.92), (0.0132, 1.0), (-0.0095, 0.95), (-0.031, 0.78))):
        bones = ("index_l", "index_tip_l") if number == 0 else ("fingers_l", "tips_l")
        knuckle, middle = at(0.006, -0.078, dz), at(0.009, -0.078 - 0.045 * long, dz * 1.06 + 0.002)
        tip = at(-0.004, -0.078 - 0.083 * long, dz * 1.02 + 0.006)
        forms.append(_form("limb", knuckle, (0.0112 * k * thick, 0.0103 * k * thick), bones[0], 0.005, middle))
        forms.append(_form("limb", middle, (0.0101 * k * thick, 0.0082 * k * thick), bones[1], 0.003, tip))
    return PartDesign("gloves" if body.gloves else "skin", tuple(forms), mirror=True, cell=0.0064)


def _head(body: Body, face: Face) -> PartDesign:
    """In the face's coordinates: the origin between the eyes' height and the ears, metres of an adult."""
    gap, tall, square = 0.034 * face.eye_spacing, face.length, face.square
    eye = face.eyes
    drop = -0.118 - 0.09
    forms = [
        _form("ellipsoid", (0, 0.034, -0.012), (0.079, 0.09, 0.094), "head", 0.0),
        _form("ellipsoid", (0, -0.038 * tall, 0.02), (0.064 * face.jaw, 0.07 * tall, 0.066), "head", 0.055),
        _form(
            "limb",
            (0.05 * face.jaw - 0.003 * square, (-0.062 - 0.013 * square) * tall, 0.0),
            (0.018 + 0.003 * square, 0.016),
            "jaw",
            0.045 - 0.006 * square,
            (0.012 + 0.012 * square, (-0.098 - 0.004 * square) * tall, 0.058),
            mirror=True,
        ),
        _form("ellipsoid", (0, -0.101 * tall, 0.062), (0.021 * face.chin, 0.017, 0.018), "jaw", 0.035),
        _form("ellipsoid", (0.041, -0.032, 0.056), (0.026, 0.024, 0.022 * face.cheeks), "head", 0.04, mirror=True),
        _form("ellipsoid", (0, 0.026, 0.064 + 0.006 * face.ridge), (0.054, 0.012, 0.017 * face.ridge), "head", 0.04),
        _form("ellipsoid", (gap, 0.001, 0.1), (0.023 * eye, 0.0155 * eye, 0.017), "head", 0.022, mirror=True, cut=True),
        _form("ellipsoid", (gap, 0.0, 0.0655), (0.0195 * eye, 0.0165 * eye, 0.019), "head", 0.01, mirror=True),
        _form(
            "limb",
            (0, 0.012, 0.079),
            (0.0075, 0.0105 * face.nose_width),
            "head",
            0.022,
            (0, -0.03 * tall, 0.08 + 0.021 * face.nose),
        ),
        _form(
            "ellipsoid",
            (0.0095 * face.nose_width, -0.034 * tall, 0.084 + 0.006 * face.nose),
            (0.0075, 0.0065, 0.009),
            "head",
            0.012,
            mirror=True,
        ),
        _form("ellipsoid", (0, -0.066 * tall, 0.074), (0.026, 0.017, 0.0165), "head", 0.03),
        _form(
            "ellipsoid",
            (0.083, -0.012, -0.012),
            (0.009 * face.ears, 0.03 * face.ears, 0.019 * face.ears),
            "head",
            0.01,
            mirror=True,
            turn=(-12, 18, -8),
        ),
        _form(
            "ellipsoid",
            (0.093, -0.01, -0.004),
            (0.006, 0.018 * face.ears, 0.01),
            "head",
            0.008,
            mirror=True,
            cut=True,
            turn=(-12, 18, -8),
        ),
        _form("limb", (0, drop, -0.03), (body.neck * 1.08, body.neck * 0.94), "neck", 0.035, (0, -0.06, -0.022)),
    ]
    return PartDesign("skin", tuple(forms), frame="face", bone="head", cell=0.0062)
