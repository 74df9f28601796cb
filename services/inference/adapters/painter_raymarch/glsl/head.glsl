#version 330
// Uniforms and noise shared by all passes.
uniform vec2 uSize;      // pixels of this picture
uniform vec3 uEye, uRight, uUp, uForward;
uniform float uFocal;    // pixels
uniform float uStep;     // full-size pixels per pixel of a coarse pass
uniform float uReach;    // metres beyond which there is sky
uniform float uMarks[9]; // lights_out, breach, symbols, dust_inside, aurora; face, smile, parachute, dot on screens
uniform sampler2D uNoise;
uniform sampler2D uNear, uFar;   // height maps
uniform vec2 uExtent;            // metres across of uNear, uFar
float noiseLow(vec2 u){ return textureLod(uNoise,u,0.).r; }
float noiseHigh(vec2 u){ return textureLod(uNoise,u,0.).g; }
float ground(vec2 x){
  float h=textureLod(uFar,x/uExtent.y+.5,0.).r; vec2 n=x/uExtent.x;
  if(max(abs(n.x),abs(n.y))<.498) h+=textureLod(uNear,n+.5,0.).r;
  return h; }
vec3 rayAt(vec2 px){ vec2 c=px-uSize*.5; return normalize(uForward*uFocal+uRight*c.x-uUp*c.y); }
