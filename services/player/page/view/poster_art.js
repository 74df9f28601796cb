// Draws a story's poster as SVG.

import { HEIGHT, WIDTH, poster } from '../domain/poster.js';
import { svg } from './element.js';

let drawn = 0;

/** An SVG element that covers whatever holds it. */
export function posterArt(story) {
  const { motif, sky, light, shapes } = poster(story);
  const prefix = `poster-${(drawn += 1)}-`;
  const own = (value) => (typeof value === 'string' ? value.replace('url(#', `url(#${prefix}`) : value);
  const drawing = shapes.map(({ name, ...attributes }) =>
    svg(name, Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, own(value)]))),
  );
  return svg(
    'svg',
    { class: `poster poster-${motif}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'xMidYMid slice', focusable: 'false' },
    svg(
      'defs',
      {},
      gradient(`${prefix}sky`, sky.map((colour, index) => [[0, 0.42, 0.72][index], colour, 1])),
      gradient(`${prefix}haze`, [[0, sky[2], 0], [0.55, sky[2], 0.6], [1, sky[2], 0]]),
      gradient(`${prefix}deep`, [[0, sky[2], 0.85], [0.12, sky[1], 1], [1, sky[0], 1]]),
      svg('radialGradient', { id: `${prefix}glow` }, ...stops([[0, light, 0.75], [0.25, light, 0.28], [0.6, light, 0.07], [1, light, 0]])),
    ),
    svg('rect', { width: WIDTH, height: HEIGHT, fill: `url(#${prefix}sky)` }),
    ...drawing,
  );
}

function gradient(id, points) {
  return svg('linearGradient', { id, x1: 0, y1: 0, x2: 0, y2: 1 }, ...stops(points));
}

function stops(points) {
  return points.map(([offset, colour, opacity]) => svg('stop', { offset, 'stop-color': colour, 'stop-opacity': opacity }));
}
