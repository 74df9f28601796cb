// Half-rate light transport: ambient occlusion, shadows of up to four lights, and where mirror rays land.
uniform sampler2D uPlace, uNormal;
uniform float uAoReach;
uniform float uReflects[64];
layout(location=0) out vec4 oOcclusion;  // ambient occlusion, reflected uv, reflection found
layout(location=1) out vec4 oShadow;
const int SHADOWS=SHADOW_COUNT;
void shadowRay(int i,vec3 p,out vec3 dir,out float far,out float k){ dir=vec3(0,1,0);far=0.;k=8.;
SHADOW_RAYS
}
void main(){
  ivec2 px=ivec2((gl_FragCoord.xy-.5)*uStep+.01); vec4 g=texelFetch(uPlace,px,0); oOcclusion=vec4(1,0,0,0); oShadow=vec4(1);
  if(g.w<.5) return;
  vec3 p=g.xyz,n=texelFetch(uNormal,px,0).xyz; float t=length(p-uEye);
  float e=.004+t*.0012; float occ=0.,w=1.,sum=0.;
  for(int i=0;i<5;i++){ float h=e*2.+uAoReach*pow(float(i+1)/5.,1.8); float d=map(p+n*h); occ+=w*clamp(1.-d/h,0.,1.); sum+=w; w*=.8; }
  float ao=1.-occ/sum; oOcclusion.x=ao*ao*(3.-2.*ao)*.5+ao*.5;
  float jitter=fract(52.9829189*fract(dot(gl_FragCoord.xy,vec2(.06711056,.00583715))));
  for(int s=0;s<SHADOWS;s++){
    vec3 dir; float far,k; shadowRay(s,p,dir,far,k); float v=1.;
    if(far<=0.||dot(n,dir)<=-.15){ v=far<=0.?1.:0.; }
    else { float q=e*3.+.02; q+=jitter*.03; float d=1.; bool through=false; for(int i=0;i<24;i++){ d=map(p+n*e*2.+dir*q); float near_=q/far; near_*=near_; v=min(v,k*d/q+.02+1.6*near_*near_); if(v<.03) break; if(q>far){through=true;break;} q+=clamp(d,.018+q*.02,far*.3); } if(!through) v*=clamp(d*.8-.05,0.,1.); v=clamp(v,0.,1.); v=v*v*(3.-2.*v); }
    oShadow[s]=v; }
  if(uReflects[int(g.w)]>.004){
    vec3 v=normalize(p-uEye); vec3 r=reflect(v,n); float q=.05+e*4.; bool hit=false;
    for(int i=0;i<28;i++){ float d=map(p+n*e+r*q); if(d<.004+q*.002){hit=true;break;} q+=max(d,.01); if(q>uReach) break; }
    vec3 h=p+r*q; if(!hit) h=p+r*min(uReach,400.); vec3 c=h-uEye; float z=dot(c,uForward);
    if(z>.1){ vec2 s=uSize*.5+vec2(dot(c,uRight),-dot(c,uUp))/z*uFocal;
      if(s.x>1.&&s.y>1.&&s.x<uSize.x-1.&&s.y<uSize.y-1.){ vec4 m=texelFetch(uPlace,ivec2(s),0);
        float err=hit?length(m.xyz-h)/(q*.12+.12):(m.w<.5?0.:2.); vec2 edge=min(s,uSize-s)/uSize; float fade=clamp(min(edge.x,edge.y)*12.,0.,1.);
        float found=clamp(1.5-err,0.,1.)*fade*clamp(1.-q/60.*float(hit),0.,1.); oOcclusion.yzw=vec3(s/uSize*found,found); } } } }
