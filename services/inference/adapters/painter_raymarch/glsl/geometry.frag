// What each pixel sees: position and form, normal and edge wear, local point and yaw.
uniform sampler2D uStart;
layout(location=0) out vec4 oPlace;   // world position, form + copy
layout(location=1) out vec4 oNormal;  // world normal, wear
layout(location=2) out vec4 oLocal;   // local point, yaw
void main(){
  vec3 rd=rayAt(gl_FragCoord.xy); float px=1./uFocal;
  ivec2 tile=ivec2(gl_FragCoord.xy/uStep); float t=texelFetch(uStart,tile,0).r;
  float d=1.,before=t; bool hit=false;
  for(int i=0;i<96;i++){ d=map(uEye+rd*t); if(d<t*px*.4+.0004){hit=true;break;} before=t; t+=d*.97; if(t>uReach) break; }
  if(hit&&d<-t*px*.5){ float a=before,b=t; for(int i=0;i<7;i++){ float m=.5*(a+b); if(map(uEye+rd*m)<0.) b=m; else a=m; } t=b; }
  if(!hit&&t<uReach) hit=true; // a ray that runs out of steps grazes a surface
  if(!hit){ oPlace=vec4(rd*1e4,0.); oNormal=vec4(0); oLocal=vec4(0); return; }
  vec3 p=uEye+rd*t; float e=max(t*px*.8,.0016); vec3 n=vec3(0);
  for(int i=0;i<4;i++){ vec3 k=.5773*(2.*vec3((((i+3)>>1)&1),((i>>1)&1),(i&1))-1.); n+=k*map(p+k*e); }
  n=normalize(n+rd*-1e-6);
  float w=max(.022,t*px*2.); float wear=clamp((map(p-n*w)+w)/w*1.4-.12,0.,1.);
  vec3 lq; float la,lv; float id=formAt(p,lq,la,lv);
  oPlace=vec4(p,id+.04+.9*lv); oNormal=vec4(n,wear); oLocal=vec4(lq,la); }
