"""One small place marched in GLSL (EGL) and in numba: why the painter's kernel is GLSL.

`python -m loadtests.bench_kernel [--rounds N]`. Both draw the same picture of the same forms with the same steps,
occlusion and soft shadow, in turn; CPU seconds of the whole process mean one core. It writes results/kernel.json.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import moderngl
import numpy as np
from numba import njit
from numpy.typing import NDArray

SIZE = (854, 480)
STEPS, SHADOW_STEPS, OCCLUSION_STEPS = 80, 24, 5
FORMS = (
    (-1.6, 0.0, 0.0, 0.25, 3.0, 30.0), (1.6, 0.0, 0.0, 0.25, 3.0, 30.0), (0.0, -0.2, 0.0, 3.0, 0.2, 30.0),
    (0.0, 2.9, 0.0, 3.0, 0.2, 30.0), (-1.2, 0.4, 6.0, 0.4, 0.4, 0.6), (1.15, 0.5, 8.0, 0.3, 0.5, 0.9),
    (-1.1, 0.3, 10.5, 0.3, 0.3, 0.4), (0.9, 1.4, 12.0, 0.4, 0.05, 1.0), (0.0, 2.5, 5.0, 1.6, 0.12, 0.2),
    (0.0, 2.5, 9.0, 1.6, 0.12, 0.2), (0.0, 2.5, 13.0, 1.6, 0.12, 0.2), (-1.3, 1.5, 9.0, 0.05, 0.5, 0.8),
    (0.2, 0.35, 15.0, 0.5, 0.35, 0.3),
)  # fmt: skip
"""Boxes: middle and half edges in metres."""

RESULTS = Path("loadtests/results/kernel.json")
Picture = NDArray[np.float32]


@njit(cache=True, fastmath=True)
def _map(forms: NDArray[np.float32], x: float, y: float, z: float) -> float:
    least = 1e4
    for n in range(forms.shape[0]):
        dx = abs(x - forms[n, 0]) - forms[n, 3]
        dy = abs(y - forms[n, 1]) - forms[n, 4]
        dz = abs(z - forms[n, 2]) - forms[n, 5]
        out = math.sqrt(max(dx, 0.0) ** 2 + max(dy, 0.0) ** 2 + max(dz, 0.0) ** 2)
        least = min(least, out + min(max(dx, dy, dz), 0.0))
    return least


@njit(cache=True, fastmath=True)
def _march(forms: NDArray[np.float32], width: int, height: int) -> Picture:
    picture = np.zeros((height, width), np.float32)
    for j in range(height):
        for i in range(width):
            rx, ry, rz = (i + 0.5 - width / 2) / height, (height / 2 - j - 0.5) / height, 0.9
            size = math.sqrt(rx * rx + ry * ry + rz * rz)
            rx, ry, rz = rx / size, ry / size, rz / size
            t, hit = 0.02, False
            for _ in range(STEPS):
                d = _map(forms, rx * t, 1.5 + ry * t, rz * t)
                if d < 0.0008 * t + 0.0004:
                    hit = True
                    break
                t += d
                if t > 40.0:
                    break
            if not hit:
                continue
            x, y, z, e = rx * t, 1.5 + ry * t, rz * t, 0.002
            nx = _map(forms, x + e, y, z) - _map(forms, x - e, y, z)
            ny = _map(forms, x, y + e, z) - _map(forms, x, y - e, z)
            nz = _map(forms, x, y, z + e) - _map(forms, x, y, z - e)
            size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            nx, ny, nz = nx / size, ny / size, nz / size
            hidden, weight = 0.0, 1.0
            for s in range(1, OCCLUSION_STEPS + 1):
                h = 0.12 * s
                hidden += weight * (h - min(h, _map(forms, x + nx * h, y + ny * h, z + nz * h))) / h
                weight *= 0.7
            lx, ly, lz = 0.3 - x, 2.3 - y, 7.0 - z
            far = math.sqrt(lx * lx + ly * ly + lz * lz)
            lx, ly, lz = lx / far, ly / far, lz / far
            lit, q = 1.0, 0.03
            for _ in range(SHADOW_STEPS):
                d = _map(forms, x + nx * 0.01 + lx * q, y + ny * 0.01 + ly * q, z + nz * 0.01 + lz * q)
                lit = min(lit, 8.0 * d / q)
                if lit < 0.02 or q > far:
                    break
                q += max(d, 0.03)
            facing = max(0.0, nx * lx + ny * ly + nz * lz)
            open_ = max(0.0, 1.0 - 0.35 * hidden)
            picture[j, i] = 0.1 * open_ + 4.0 * max(lit, 0.0) * facing / (1.0 + far * far)
    return picture


GLSL = """
#version 330
uniform vec2 uSize; out float oLight;
float box(vec3 q, vec3 h){ vec3 d=abs(q)-h; return length(max(d,0.))+min(max(d.x,max(d.y,d.z)),0.); }
float map(vec3 p){ float d=1e4; FORMS return d; }
void main(){
  vec2 c=gl_FragCoord.xy; vec3 o=vec3(0,1.5,0);
  vec3 r=normalize(vec3((c.x-uSize.x/2.)/uSize.y,(uSize.y/2.-c.y)/uSize.y,.9));
  float t=.02; bool hit=false; oLight=0.;
  for(int i=0;i<STEPS;i++){ float d=map(o+r*t); if(d<.0008*t+.0004){hit=true;break;} t+=d; if(t>40.) break; }
  if(!hit) return;
  vec3 p=o+r*t; vec2 e=vec2(.002,0);
  vec3 n=vec3(map(p+e.xyy)-map(p-e.xyy),map(p+e.yxy)-map(p-e.yxy),map(p+e.yyx)-map(p-e.yyx)); n=normalize(n+1e-9);
  float hidden=0.,w=1.;
  for(int s=1;s<=OCCLUSION;s++){ float h=.12*float(s); hidden+=w*(h-min(h,map(p+n*h)))/h; w*=.7; }
  vec3 l=vec3(.3,2.3,7.)-p; float far=length(l); l/=far; float lit=1.,q=.03;
  for(int i=0;i<SHADOW;i++){ float d=map(p+n*.01+l*q); lit=min(lit,8.*d/q); if(lit<.02||q>far) break; q+=max(d,.03); }
  oLight=.1*max(0.,1.-.35*hidden)+4.*max(lit,0.)*max(dot(n,l),0.)/(1.+far*far); }
"""
VERTEX = "#version 330\nvoid main(){vec2 v=vec2((gl_VertexID<<1)&2,gl_VertexID&2);gl_Position=vec4(v*2.-1.,0.,1.);}"


def _glsl() -> tuple[Callable[[], Picture], str]:
    """A function that draws one picture, and the renderer's name."""
    settings = {"backend": "egl", "standalone": True, "require": 330}
    context = moderngl.create_context(**settings)  # type: ignore[arg-type]
    forms = "".join(f"d=min(d,box(p-vec3({x},{y},{z}),vec3({a},{b},{c})));" for x, y, z, a, b, c in FORMS)
    source = GLSL.strip().replace("FORMS", forms).replace("STEPS", str(STEPS)).replace("SHADOW", str(SHADOW_STEPS))
    program = context.program(vertex_shader=VERTEX, fragment_shader=source.replace("OCCLUSION", str(OCCLUSION_STEPS)))
    program["uSize"] = SIZE
    draw = context.vertex_array(program, [])
    target = context.texture(SIZE, 1, dtype="f4")
    frame = context.framebuffer([target])

    def picture() -> Picture:
        frame.use()
        draw.render(moderngl.TRIANGLES, vertices=3)
        return np.frombuffer(target.read(), np.float32).reshape(SIZE[::-1])

    return picture, str(context.info["GL_RENDERER"])


def _numba() -> Callable[[], Picture]:
    forms = np.array(FORMS, np.float32)
    return lambda: _march(forms, *SIZE)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_kernel")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    os.environ.setdefault("LP_NUM_THREADS", "1")
    glsl, renderer = _glsl()
    kernels = {"glsl": glsl, "numba": _numba()}
    pictures = {name: draw() for name, draw in kernels.items()}
    spent: dict[str, list[float]] = {name: [] for name in kernels}
    for _ in range(rounds):
        for name, draw in kernels.items():
            began_s = time.process_time()
            draw()
            spent[name].append(time.process_time() - began_s)
    medians = {f"{name}_s": round(median(values), 4) for name, values in spent.items()}
    found = {
        **medians,
        "numba_over_glsl": round(medians["numba_s"] / medians["glsl_s"], 2),
        "mean_difference": round(float(np.abs(pictures["glsl"] - pictures["numba"]).mean()), 5),
        "mean_light": round(float(pictures["glsl"].mean()), 4),
        "size": list(SIZE),
        "renderer": renderer,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1), encoding="utf-8")
    for name, value in found.items():
        print(f"{name:16} {value}")


if __name__ == "__main__":
    main()
