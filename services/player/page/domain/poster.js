// A story's poster as shapes: the same story always gives the same picture. Knows no document.

export const WIDTH = 1600;
export const HEIGHT = 900;

const MOTIFS = [
  ['dunes', /\b(mars|martian|desert|dune|dust|canyon|sand|rover|red planet|colony)\w*/gi],
  ['corridor', /\b(ship|station|corridor|vessel|reactor|hull|habitat|machine|robot|bunker|engine room|deck)\w*/gi],
  ['sea', /\b(sea|ocean|island|wave|tide|lighthouse|deep|water|harbou?r|coast|storm)\w*/gi],
  ['city', /\b(city|street|neon|detective|tower|metro|night shift|rain|apartment)\w*/gi],
  ['ice', /\b(ice|snow|winter|arctic|antarctic|glacier|frozen|polar|europa|mountain|forest|valley)\w*/gi],
];

const PALETTES = {
  dunes: [
    { sky: ['#2a1520', '#8a3f2c', '#f0b27a'], far: '#c9835b', near: '#1d0d0b', light: '#ffe9c9' },
    { sky: ['#1b1626', '#6d3440', '#e89a6b'], far: '#b96f55', near: '#160a10', light: '#ffdcb5' },
  ],
  corridor: [
    { sky: ['#04070d', '#0d2230', '#2d6b7d'], far: '#4aa3b5', near: '#05080d', light: '#c8f4ff' },
    { sky: ['#080508', '#2a1016', '#7a2a24'], far: '#c24f35', near: '#080405', light: '#ffd2a8' },
  ],
  sea: [
    { sky: ['#060d1c', '#143352', '#6f9fb0'], far: '#3c6d85', near: '#030a14', light: '#fdf3d8' },
    { sky: ['#0a0f1f', '#2b2f5a', '#c28a8f'], far: '#565a86', near: '#060914', light: '#ffe6d2' },
  ],
  city: [
    { sky: ['#0a0818', '#2c1a4a', '#c0567a'], far: '#5c3a74', near: '#07050f', light: '#ffd6a0' },
    { sky: ['#05101a', '#123b46', '#d19a5b'], far: '#2d6470', near: '#040a10', light: '#ffe2a8' },
  ],
  ice: [
    { sky: ['#070d1d', '#1b3a5c', '#a9c8d8'], far: '#8fb2c8', near: '#0a1626', light: '#f4fbff' },
    { sky: ['#0a0d20', '#2a3566', '#b9a5cf'], far: '#8b8fbd', near: '#0b1024', light: '#f9f0ff' },
  ],
};

/** A generator of numbers in 0..1 from a text (FNV-1a, then mulberry32). */
export function randomFrom(text) {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ character.codePointAt(0), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** The motif that most of a story's words ask for. */
export function motifOf(story) {
  const words = [story.title, story.title, story.logline, ...(story.themes ?? []), story.storyId].join(' ').replace(/[_-]/g, ' ');
  const votes = MOTIFS.map(([name, pattern]) => [name, (words.match(pattern) ?? []).length]);
  const best = votes.reduce((a, b) => (b[1] > a[1] ? b : a));
  return best[1] > 0 ? best[0] : MOTIFS[Math.floor(randomFrom(words)() * MOTIFS.length)][0];
}

/** {motif, sky, light, shapes}: shapes are {name, ...attributes} in painting order, 1600 x 900. */
export function poster(story) {
  const random = randomFrom(story.storyId);
  const motif = motifOf(story);
  const palettes = PALETTES[motif];
  const palette = palettes[Math.floor(random() * palettes.length)];
  const draw = { dunes: ridges, ice: ridges, sea, city, corridor }[motif];
  return { motif, sky: palette.sky, light: palette.light, shapes: draw(random, palette, motif) };
}

function ridges(random, palette, motif) {
  const sun = { x: 980 + random() * 320, y: 300 + random() * 110, r: motif === 'ice' ? 46 : 82 };
  const layers = 6;
  const jagged = motif === 'ice' ? 1 : 0.72;
  const shapes = [...stars(random, 90, 380), ...glowing(sun, palette)];
  if (motif === 'dunes') shapes.push({ name: 'circle', cx: 470, cy: 190, r: 9, fill: palette.light, opacity: 0.7 });
  for (let layer = 0; layer < layers; layer += 1) {
    const depth = layer / (layers - 1);
    const base = 500 + depth * 285;
    const height = (layer < layers - 1 ? 130 - depth * 30 : 60) * jagged;
    const line = ridgeLine(random, base, height, layer < 3 ? jagged : 0.4);
    shapes.push({ name: 'path', d: `${line} V${HEIGHT} H0 Z`, fill: mix(palette.far, palette.near, depth ** 0.8) });
    shapes.push({ name: 'rect', x: 0, y: base - 30, width: WIDTH, height: 190, fill: 'url(#haze)', opacity: 0.55 * (1 - depth) });
  }
  shapes.push(...figure(1010 + random() * 120, 742, 1, palette.near), ...figure(1160 + random() * 40, 752, 0.85, palette.near));
  return shapes;
}

function ridgeLine(random, base, height, roughness) {
  let points = [random(), random() * 0.6 + 0.4, random(), random() * 0.7, random()];
  let amplitude = 0.5;
  for (let pass = 0; pass < 5; pass += 1) {
    points = points.flatMap((y, i) => (i === points.length - 1 ? [y] : [y, (y + points[i + 1]) / 2 + (random() - 0.5) * amplitude]));
    amplitude *= 0.62 * roughness;
  }
  const step = WIDTH / (points.length - 1);
  return points.map((y, i) => `${i ? 'L' : 'M'}${round(i * step)} ${round(base - y * height)}`).join(' ');
}

function sea(random, palette) {
  const moon = { x: 1060 + random() * 180, y: 270 + random() * 60, r: 70 };
  const shapes = [...stars(random, 110, 420), ...glowing(moon, palette)];
  shapes.push({ name: 'path', d: `${ridgeLine(random, 545, 90, 0.6)} V${HEIGHT} H0 Z`, fill: mix(palette.far, palette.sky[2], 0.25), opacity: 0.8 });
  shapes.push({ name: 'rect', x: 0, y: 540, width: WIDTH, height: 360, fill: 'url(#deep)' });
  for (let band = 0; band < 46; band += 1) {
    const depth = (band / 46) ** 1.6;
    const y = 546 + depth * 340;
    const width = 16 + depth * 130 * (0.4 + random());
    const x = moon.x + (random() - 0.5) * (50 + depth * 230) - width / 2;
    shapes.push({ name: 'rect', x: round(x), y: round(y), width: round(width), height: round(1.2 + depth * 4), rx: 2, fill: palette.light, opacity: round(0.65 - depth * 0.5) });
  }
  shapes.push({ name: 'path', d: `M0 ${HEIGHT} V700 C180 690 330 735 470 790 S760 ${HEIGHT - 10} 820 ${HEIGHT} Z`, fill: palette.near });
  shapes.push(...figure(300, 716, 1.1, palette.near));
  return shapes;
}

function city(random, palette) {
  const sun = { x: 1090 + random() * 120, y: 430, r: 130 };
  const shapes = [...stars(random, 60, 300), ...glowing(sun, palette)];
  for (let layer = 0; layer < 4; layer += 1) {
    const depth = layer / 3;
    const fill = mix(palette.far, palette.near, depth ** 0.7);
    for (let x = -20; x < WIDTH; ) {
      const width = 40 + random() * (60 + depth * 80);
      const height = (180 + random() ** 2 * 340) * (1 - depth * 0.45);
      const y = 640 + depth * 170 - height;
      shapes.push({ name: 'rect', x: round(x), y: round(y), width: round(width), height: HEIGHT, fill });
      if (random() < 0.25) shapes.push({ name: 'rect', x: round(x + width / 2), y: round(y - 46), width: 2.5, height: 46, fill });
      shapes.push(...windows(random, x, y, width, palette.light, 0.15 + depth * 0.5));
      x += width + random() * 14;
    }
    shapes.push({ name: 'rect', x: 0, y: 470 + depth * 100, width: WIDTH, height: 200, fill: 'url(#haze)', opacity: 0.45 * (1 - depth) });
  }
  return shapes;
}

function windows(random, x, y, width, light, opacity) {
  const lit = [];
  for (let row = y + 16; row < Math.min(y + 330, HEIGHT - 30); row += 15) {
    for (let column = x + 8; column < x + width - 9; column += 11) {
      if (random() < 0.1) lit.push({ name: 'rect', x: round(column), y: round(row), width: 4, height: 6, fill: light, opacity: round(opacity * (0.4 + random() * 0.6)) });
    }
  }
  return lit;
}

function corridor(random, palette) {
  const eye = { x: 1040, y: 420 };
  const shapes = [{ name: 'circle', cx: eye.x, cy: eye.y, r: 520, fill: 'url(#glow)' }];
  const frames = 13;
  for (let index = 0; index < frames; index += 1) {
    const size = 0.045 * 1.36 ** index;
    const depth = index / (frames - 1);
    const outer = hexagon(eye, size);
    const inner = hexagon(eye, size * 0.86);
    const fill = mix(palette.far, palette.near, Math.min(1, 0.2 + depth * 0.95));
    shapes.push({ name: 'path', d: `M-900 -900H2600V2000H-900Z ${outer}`, fill, 'fill-rule': 'evenodd' });
    shapes.push({ name: 'path', d: `${outer} ${inner}`, fill: mix(palette.light, fill, 0.4 + depth * 0.5), 'fill-rule': 'evenodd', opacity: 0.55 });
    if (index % 2 === 0) shapes.push(...strips(eye, size, palette, depth));
  }
  return [...shapes, ...figure(eye.x - 6, eye.y + 47, 0.62, palette.near)];
}

function strips(eye, size, palette, depth) {
  const glow = { stroke: palette.light, 'stroke-width': round(1 + size * 5), opacity: round(0.95 - depth * 0.45), 'stroke-linecap': 'round' };
  const [a, b] = [0.86, 0.62];
  return [-1, 1].map((side) => ({
    name: 'path',
    fill: 'none',
    ...glow,
    d: `M${round(eye.x + side * size * 1000 * a)} ${round(eye.y - size * 560 * 0.3)} L${round(eye.x + side * size * 1000 * b)} ${round(eye.y - size * 560 * 0.86)}`,
  }));
}

function hexagon({ x, y }, size) {
  const corners = [[-1, -0.1], [-0.68, -1], [0.68, -1], [1, -0.1], [0.78, 1], [-0.78, 1]];
  return `${corners.map(([cx, cy], i) => `${i ? 'L' : 'M'}${round(x + cx * size * 1000)} ${round(y + cy * size * 560)}`).join(' ')} Z`;
}

function stars(random, count, height) {
  return Array.from({ length: count }, () => ({
    name: 'circle',
    cx: round(random() * WIDTH),
    cy: round(random() ** 1.5 * height),
    r: round(0.5 + random() ** 3 * 1.6),
    fill: '#fff',
    opacity: round(0.15 + random() * 0.6),
  }));
}

function glowing({ x, y, r }, palette) {
  return [
    { name: 'circle', cx: round(x), cy: round(y), r: r * 6, fill: 'url(#glow)' },
    { name: 'circle', cx: round(x), cy: round(y), r, fill: palette.light, opacity: 0.94 },
  ];
}

/** A person seen from behind, feet at (x, y): it gives the picture its scale. */
function figure(x, y, scale, fill) {
  const at = (dx, dy) => `${round(x + dx * scale)} ${round(y + dy * scale)}`;
  return [
    { name: 'circle', cx: round(x), cy: round(y - 50 * scale), r: round(6.5 * scale), fill },
    {
      name: 'path',
      fill,
      d: `M${at(-9, -40)} Q${at(0, -46)} ${at(9, -40)} L${at(11, -18)} L${at(7, -18)} L${at(7, 0)} L${at(2, 0)} L${at(0, -16)} L${at(-2, 0)} L${at(-7, 0)} L${at(-7, -18)} L${at(-11, -18)} Z`,
    },
  ];
}

/** Colour between two "#rrggbb" colours. */
export function mix(from, to, share) {
  const channel = (colour, index) => parseInt(colour.slice(1 + index * 2, 3 + index * 2), 16);
  const mixed = [0, 1, 2].map((index) => Math.round(channel(from, index) + (channel(to, index) - channel(from, index)) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
