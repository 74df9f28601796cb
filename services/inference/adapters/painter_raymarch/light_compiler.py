"""Turns the lights of a set into GLSL: shading for each light group, shadow rays and glow in the air."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from services.inference.adapters.painter_raymarch.design import Form, Light, Material, Vec3
from services.inference.adapters.painter_raymarch.map_compiler import mark_test, number, vector
from services.inference.domain.plates import LIGHT_GROUPS

SHADOW_CHANNELS = 4


def rect_axes(light: Light) -> tuple[Vec3, Vec3]:
    """Half edges of a rectangle light, ordered so that their cross product points away from where it shines."""
    aim = np.asarray(light.aim, dtype=np.float64)
    reference = np.array([0.0, 1.0, 0.0]) if abs(aim[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    ex = np.cross(reference, aim)
    ex /= np.linalg.norm(ex)
    ey = np.cross(ex, aim)
    half_x, half_y = ex * light.size[0] / 2, ey * light.size[1] / 2
    return (float(half_x[0]), float(half_x[1]), float(half_x[2])), (
        float(half_y[0]), float(half_y[1]), float(half_y[2]),
    )  # fmt: skip


def lamp_bodies(lights: Sequence[Light]) -> tuple[list[Form], list[Material]]:
    """The lamps that are seen, as forms with an emissive material of the light's own colour and group."""
    forms, materials = [], []
    for index, light in enumerate(lights):
        if light.body <= 0 or light.kind == "sun":
            continue
        name = f"lamp {index}"
        glow = light.body_brightness
        emission = (light.colour[0] * glow, light.colour[1] * glow, light.colour[2] * glow)
        materials.append(
            Material(name, colour=(0.6, 0.6, 0.6), colour2=(0.5, 0.5, 0.5), emission=emission, group=light.group,
                     dirt=0.0, wear=0.0, bump=0.0, lamp=light.unless == "lights_out")
        )  # fmt: skip
        repeat = {light.axis: light.repeat} if light.repeat else {}
        if light.kind == "sphere":
            values = {"radius": light.body}
            forms.append(
                Form("sphere", light.at, values, name, light.line, mirror=light.mirror, repeat=repeat, mark=light.mark)
            )
            continue
        ex, ey = rect_axes(light)
        aim = light.aim
        across = [2 * max(abs(a), abs(b)) + light.body * abs(c) for a, b, c in zip(ex, ey, aim, strict=True)]
        if light.kind == "tube":
            across = [light.body] * 3
            across["xyz".index(light.axis)] = light.size[0]
        at = (light.at[0] - aim[0] * light.body * 0.4, light.at[1] - aim[1] * light.body * 0.4,
              light.at[2] - aim[2] * light.body * 0.4)  # fmt: skip
        size = (across[0], across[1], across[2])
        forms.append(
            Form("box", at, {"size": size}, name, light.line, round=min(light.body, *size) * 0.3,
                 mirror=light.mirror, repeat=repeat, mark=light.mark)
        )  # fmt: skip
    return forms, materials


def _mirrored(light: Light, body: str) -> str:
    """Emit the body once for every mirror image; it reads its centre from c and its half edges from ex and ey."""
    ex, ey = rect_axes(light)
    out = []
    for sx in (1, -1) if "x" in light.mirror else (1,):
        for sz in (1, -1) if "z" in light.mirror else (1,):
            at = (light.at[0] * sx, light.at[1], light.at[2] * sz)
            aim = (light.aim[0] * sx, light.aim[1], light.aim[2] * sz)
            turn = sx * sz
            half_x = (ex[0] * sx * turn, ex[1] * turn, ex[2] * sz * turn)
            half_y = (ey[0] * sx, ey[1], ey[2] * sz)
            out.append(f"{{vec3 c={vector(at)};vec3 aim={vector(aim)},ex={vector(half_x)},ey={vector(half_y)};{body}}}")
    return "\n".join(out)


def _copies(light: Light, body: str) -> str:
    """The two nearest copies of a repeated light; the others are out of its range."""
    if light.repeat is None:
        return body
    axis, step = light.axis, number(light.repeat.spacing)
    lo, hi = number(light.repeat.first), number(light.repeat.last)
    return (
        f"float c0=c.{axis};float k=floor((p.{axis}-c0)/{step});for(int j=-1;j<3;j++){{float kk=k+float(j);"
        f"if(kk<{lo}||kk>{hi}) continue;c.{axis}=c0+kk*{step};{body}}}"
    )


def _cone(light: Light) -> str:
    if light.cone_deg >= 180:
        return ""
    half = math.radians(light.cone_deg / 2)
    return f"k*=smoothstep({number(math.cos(half))},{number(math.cos(half * 0.55))},-dot(l,aim));"


def _shade(light: Light, shadow: str) -> str:
    group = LIGHT_GROUPS.index(light.group)
    colour = vector(tuple(c * light.power for c in light.colour))
    tint = f"uTint[{group}]"
    if light.kind == "sun":
        return (
            f"{{vec3 l=uSun;float nl=dot(N,l);float k=max(nl,0.)*{shadow};k+=s.translucent*{shadow}*max(-nl*.6,0.);"
            f"ADD({group},{tint}*uSunColour*{number(light.power)},vec3(k),"
            f"specular(N,v,l,R,f0,.01)*{shadow}*2.)}}"
        )
    reach = number(light.range_m)
    if light.kind == "rect":
        body = (
            f"float dist=length(c-p);float w=window_(dist,{reach});if(w>0.&&dot(p-c,aim)>0.){{"
            f"w*={shadow}*contact;float e=rectForm(p,N,c,ex,ey)*w;"
            f"if(s.translucent>0.) e+=s.translucent*.5*rectForm(p,-N,c,ex,ey)*w;"
            f"vec3 h=nearestOn(p,reflect(-v,N),c,ex,ey);vec3 l=normalize(h-p);float dd=dot(h-p,h-p);"
            f"float area=length(ex)*length(ey)*4.;float om=area*clamp(dot(-l,aim)*1.5,0.,1.)/(dd+area*.4);"
            f"ADD({group},{tint}*{colour},vec3(e),specular(N,v,l,R,f0,min(.25*sqrt(area)/dist,.3))*om*w)}}"
        )
        return _mirrored(light, _copies(light, body))
    nearest = "vec3 h=c;"
    if light.kind == "tube":
        half = number(light.size[0] / 2)
        nearest = f"vec3 h=c;h.{light.axis}+=clamp(p.{light.axis}-c.{light.axis},-{half},{half});"
    body = (
        f"{nearest}vec3 l=h-p;float dist=length(l);l/=max(dist,1e-3);float k=window_(dist,{reach});if(k>0.){{"
        f"k*={shadow}*contact/(dist*dist+.06);{_cone(light)}float nl=dot(N,l);"
        f"float e=(max(nl*.85+.15,0.)+s.translucent*.4*max(-nl,0.))*k;"
        f"ADD({group},{tint}*{colour},vec3(e),specular(N,v,l,R,f0,.04)*k*2.)}}"
    )
    return _mirrored(light, _copies(light, body))


def _guard(light: Light, code: str) -> str:
    test = mark_test(light.mark, light.unless if light.kind != "sun" else "")
    return f"if({test}){{{code}}}" if test else code


def shadow_channels(lights: Sequence[Light]) -> dict[int, int]:
    """Light number -> shadow channel."""
    return {index: channel for channel, index in enumerate(i for i, light in enumerate(lights) if light.shadow)}


def compile_lights(lights: Sequence[Light]) -> str:
    """GLSL statements that add every light to its group."""
    channels = shadow_channels(lights)
    return "\n".join(
        _guard(light, _shade(light, f"sh[{channels[i]}]" if i in channels else "1.")) for i, light in enumerate(lights)
    )


def compile_shadow_rays(lights: Sequence[Light]) -> str:
    """GLSL statements that set direction, length and softness of shadow ray i from p."""
    lines = []
    for index, channel in shadow_channels(lights).items():
        light = lights[index]
        if light.kind == "sun":
            lines.append(f"if(i=={channel}){{dir=uSun;far=min(uReach,400.);k={number(light.softness)};}}")
            continue
        target = f"vec3 c={vector(light.at)};"
        if light.repeat is not None:
            axis, at = light.axis, light.at["xyz".index(light.axis)]
            lo, hi = at + light.repeat.spacing * light.repeat.first, at + light.repeat.spacing * light.repeat.last
            target += f"c.{axis}=clamp(p.{axis},{number(lo)},{number(hi)});"
        if "x" in light.mirror:
            target += "c.x=clamp(p.x,-abs(c.x),abs(c.x));"
        clear = number(max(light.body * 1.6, 0.05) + 0.05)
        lines.append(
            f"if(i=={channel}){{{target}dir=c-p;far=length(dir);dir/=max(far,1e-3);"
            f"far=far>{number(light.range_m)}?0.:far-{clear};k={number(light.softness)};}}"
        )
    return "\n".join(lines)


def compile_shafts(lights: Sequence[Light]) -> str:
    """GLSL statements that say how strongly shadow light i lights the air at p, and whether it is a lamp."""
    lines = []
    for index, channel in shadow_channels(lights).items():
        light = lights[index]
        if light.kind == "sun":
            body = "float c=max(dot(rd,uSun),0.);level=.35+.65*c*c*c;"
        elif light.kind == "rect" or light.cone_deg < 180:
            aim = vector(light.aim)
            lamp = "1." if light.group in ("practicals", "emission") else "0."
            body = f"lamp={lamp};float r=far/{number(light.range_m * 0.6)};level=1./(1.+2.*r*r);"
            if light.cone_deg < 180:
                half = math.radians(light.cone_deg / 2)
                body += f"level*=smoothstep({number(math.cos(half))},{number(math.cos(half * 0.6))},-dot(dir,{aim}));"
            else:
                body += f"level*=smoothstep(0.45,0.95,-dot(dir,{aim}));"
        else:
            continue
        lines.append(f"if(i=={channel}){{{_guard(light, body)}}}")
    return "\n".join(lines)


def compile_curtains(lights: Sequence[Light]) -> str:
    """GLSL statements that add the light which hangs in the air at p under lamps that are seen."""
    lines = []
    for light in lights:
        if light.kind != "rect" or light.body <= 0 or light.shadow or light.group not in ("key", "practicals"):
            continue
        channel = "y" if light.group == "practicals" else "x"
        body = (
            "vec3 h=c+ex*clamp(dot(p-c,ex)/dot(ex,ex),-1.,1.)+ey*clamp(dot(p-c,ey)/dot(ey,ey),-1.,1.);"
            "vec3 l=p-h;float dd=dot(l,l);float k=dot(l,aim)*inversesqrt(dd+.0001);"
            f"sum.{channel}+=smoothstep(.6,.97,k)/(1.+dd*{number(4.0 / light.range_m**2)});"
        )
        lines.append(_guard(light, _mirrored(light, _copies(light, body))))
    return "\n".join(lines)


def _air_glow(light: Light) -> str:
    if light.cone_deg >= 180:
        return "airGlow(uEye,rd,t,c)"
    half = math.radians(light.cone_deg / 2)
    return (
        f"beamGlow(uEye,rd,t,c,aim,{number(math.cos(half))},{number(math.cos(half * 0.55))},"
        f"{number(light.range_m)},jitter)"
    )


def compile_glows(lights: Sequence[Light]) -> str:
    """GLSL statements that add the air's glow around the lamps along the ray of length t."""
    lines = []
    for light in lights:
        if light.glow <= 0 or light.kind == "sun":
            continue
        group = LIGHT_GROUPS.index(light.group)
        colour = vector(tuple(c * light.power * light.glow * 0.004 for c in light.colour))
        body = f"G[{group}]+=uTint[{group}]*{colour}*{_air_glow(light)};"
        if light.repeat is not None:
            first, last, step = light.repeat.first, light.repeat.last, number(light.repeat.spacing)
            body = (
                f"float c0=c.{light.axis};for(int k={first};k<={last};k++){{c.{light.axis}=c0+float(k)*{step};{body}}}"
            )
        lines.append(_guard(light, _mirrored(light, body)))
    return "\n".join(lines)
