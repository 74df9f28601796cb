// Light that the air between the eye and what is seen scatters, where it is not in shadow: of the sun and key lights in
// the first channel, of lamps in the second, 0..1. Coarse: it is blurred and moving dust is laid over it.
uniform sampler2D uPlace;
uniform float uInside;
uniform vec3 uRoom[2];   // corners of the air inside
layout(location=0) out vec4 oShafts;
const int SHADOWS=SHADOW_COUNT;
void shadowRay(int i,vec3 p,out vec3 dir,out float far,out float k){ dir=vec3(0,1,0);far=0.;k=8.;
SHADOW_RAYS
}
vec2 shaftsAt(int i,vec3 p,vec3 rd){ vec3 dir; float far,k; shadowRay(i,p,dir,far,k); if(far<=0.) return vec2(0);
  float level=0.,lamp=0.;
SHAFT_LIGHTS
  if(level<.004) return vec2(0);
  float q=.06,d=1.; float v=1.; for(int n=0;n<14;n++){ d=map(p+dir*q); v=min(v,.5+6.*d/q); if(d<.015||q>far) break; q+=clamp(d,.06+q*.05,far*.4); }
  if(d<.015&&q<far) v=0.;
  return clamp(v,0.,1.)*level*vec2(1.-lamp,lamp); }
void main(){
  ivec2 px=ivec2((gl_FragCoord.xy-.5)*uStep+.01); vec3 rd=rayAt(vec2(px)+.5); vec4 g=texelFetch(uPlace,px,0);
  float reach=uInside>.5?14.:160.; float thick=uInside>.5?.16:.008; float t=g.w<.5?reach:min(length(g.xyz-uEye),reach);
  float jitter=fract(52.9829189*fract(dot(gl_FragCoord.xy,vec2(.06711056,.00583715))));
  vec2 sum=vec2(0); const int STEPS=14; for(int n=0;n<STEPS;n++){ float s=(float(n)+jitter)/float(STEPS); vec3 p=uEye+rd*t*s; if(map(p)<.01) continue;
    if(uInside>.5&&(any(lessThan(p,uRoom[0]))||any(greaterThan(p,uRoom[1])))) continue;
    for(int i=0;i<SHADOWS;i++) sum+=shaftsAt(i,p,rd);
CURTAINS
  }
  sum*=t/float(STEPS)*thick; oShafts=vec4(1.-exp(-sum),0.,0.); }
