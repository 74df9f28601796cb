// Mirror reflections, then edges smoothed by the same offset in every light group (after Lottes, FXAA 3.11).
uniform sampler2D uKey,uFill,uPracticals,uAlarm,uEmission,uOcclusion;
layout(location=0) out vec4 oKey; layout(location=1) out vec4 oFill; layout(location=2) out vec4 oPracticals; layout(location=3) out vec4 oAlarm; layout(location=4) out vec4 oEmission;
float L(vec2 u){ return textureLod(uFill,u,0.).a; }
vec2 smoothAt(vec2 u,vec2 d){
  float m=L(u),n=L(u-vec2(0,d.y)),s=L(u+vec2(0,d.y)),e=L(u+vec2(d.x,0)),w=L(u-vec2(d.x,0)); float hi=max(m,max(max(n,s),max(e,w))),lo=min(m,min(min(n,s),min(e,w))); float range=hi-lo; if(range>=max(.025,hi*.09)){
  float nw=L(u-d),ne=L(u+vec2(d.x,-d.y)),sw=L(u+vec2(-d.x,d.y)),se=L(u+d);
  float eh=abs(nw+sw-2.*w)+2.*abs(n+s-2.*m)+abs(ne+se-2.*e),ev=abs(nw+ne-2.*n)+2.*abs(w+e-2.*m)+abs(sw+se-2.*s); bool hz=eh>=ev;
  float a=hz?n:w,b=hz?s:e; float ga=abs(a-m),gb=abs(b-m); float st=hz?d.y:d.x; float grad=max(ga,gb)*.25; float avg; if(ga>=gb){ st=-st; avg=.5*(a+m);} else avg=.5*(b+m);
  vec2 c=u; if(hz) c.y+=st*.5; else c.x+=st*.5; vec2 o=hz?vec2(d.x,0):vec2(0,d.y); vec2 p1=c-o,p2=c+o; float l1=L(p1)-avg,l2=L(p2)-avg; bool r1=abs(l1)>=grad,r2=abs(l2)>=grad;
  for(int i=0;i<6;i++){ if(r1&&r2) break; float k=i<2?1.:(i<4?2.:4.); if(!r1){ p1-=o*k; l1=L(p1)-avg; r1=abs(l1)>=grad; } if(!r2){ p2+=o*k; l2=L(p2)-avg; r2=abs(l2)>=grad; } }
  float d1=hz?u.x-p1.x:u.y-p1.y,d2=hz?p2.x-u.x:p2.y-u.y; float dm=min(d1,d2); float off=-dm/(d1+d2)+.5; bool good=((d1<d2?l1:l2)<0.)!=(m-avg<0.); off=good?off:0.;
  float sub=clamp(abs((2.*(n+s+e+w)+nw+ne+sw+se)/12.-m)/range,0.,1.); sub=(3.-2.*sub)*sub*sub; off=max(off,sub*sub*.6); if(hz) u.y+=off*st; else u.x+=off*st; }
  return u; }
void main(){
  vec2 d=1./uSize; vec2 u=gl_FragCoord.xy*d; vec2 s=smoothAt(u,d); vec4 k=textureLod(uKey,s,0.); vec3 c0=k.rgb,c1=textureLod(uFill,s,0.).rgb,c2=textureLod(uPracticals,s,0.).rgb,c3=textureLod(uAlarm,s,0.).rgb,c4=textureLod(uEmission,s,0.).rgb;
  if(k.a>.01){ vec4 o=textureLod(uOcclusion,u,0.); if(o.w>.02){ float x=k.a*o.w; for(int i=0;i<4;i++){ vec2 j=o.yz/o.w+(vec2(float(i&1),float(i>>1))-.5)*vec2(2.2,5.)*d; float q=x*.25; c0+=q*min(textureLod(uKey,j,0.).rgb,6.); c1+=q*textureLod(uFill,j,0.).rgb; c2+=q*min(textureLod(uPracticals,j,0.).rgb,6.); c3+=q*textureLod(uAlarm,j,0.).rgb; c4+=q*min(textureLod(uEmission,j,0.).rgb,6.); } } }
  oKey=vec4(c0,1); oFill=vec4(c1,1); oPracticals=vec4(c2,1); oAlarm=vec4(c3,1); oEmission=vec4(c4,1); }
