// Radiance of every light group from the geometry pass.
uniform sampler2D uPlace,uNormal,uLocal,uOcclusion,uShadow;
uniform vec3 uAmbientUp,uAmbientDown;
uniform vec3 uTint[5];     // mood and palette of each light group
uniform float uOutside;    // extinction behind the windows of such a place, per metre
uniform float uInside;    // 1 in a place with walls: its air ends there
uniform float uProbe;      // 1 while measuring light at the stage positions
layout(location=0) out vec4 oKey; layout(location=1) out vec4 oFill; layout(location=2) out vec4 oPracticals; layout(location=3) out vec4 oAlarm; layout(location=4) out vec4 oEmission;
float luma(vec3 c){ float l=dot(c,vec3(.3,.6,.1)); return sqrt(l/(1.+l)); }
void coarse(vec3 p,vec3 n,out vec4 occ,out vec4 sh){
  vec2 f=(gl_FragCoord.xy)/uStep-.5; ivec2 b=ivec2(floor(f)); vec2 w=f-vec2(b); ivec2 top=textureSize(uOcclusion,0)-1; occ=vec4(0);sh=vec4(0); float sum=0.; float t=length(p-uEye)*.006+.02;
  for(int i=0;i<4;i++){ ivec2 o=ivec2(i&1,i>>1); ivec2 c=clamp(b+o,ivec2(0),top); ivec2 fp=ivec2((vec2(c))*uStep+.01); vec4 g=texelFetch(uPlace,fp,0); vec3 m=texelFetch(uNormal,fp,0).xyz; float k=abs(mix(1.-w[0],w[0],float(o.x))*mix(1.-w[1],w[1],float(o.y)))+.002; k*=exp(-min(abs(dot(n,g.xyz-p))/t,20.))*pow(max(dot(n,m),0.),8.)*step(.5,g.w)+1e-5; occ+=k*texelFetch(uOcclusion,c,0); sh+=k*texelFetch(uShadow,c,0); sum+=k; }
  occ/=sum; sh/=sum; }
void main(){
  ivec2 px=ivec2(gl_FragCoord.xy); vec4 g=texelFetch(uPlace,px,0); vec3 rd=rayAt(gl_FragCoord.xy); vec3 G[5]; for(int i=0;i<5;i++) G[i]=vec3(0); float reflectivity=0.,t=uReach; 
  if(g.w<.5){ G[4]=skyAt(rd); t=uReach; }
  if(g.w>=.5){
    vec3 p=g.xyz; vec4 nn=texelFetch(uNormal,px,0),lo=texelFetch(uLocal,px,0); vec3 n=nn.xyz; vec3 v=-rd; t=length(p-uEye); int form=int(g.w); float var=clamp((fract(g.w)-.04)/.9,0.,1.); vec4 occ,sh; coarse(p,n,occ,sh); float ao=occ.x; Surface s;
    if(uProbe>.5){ v=n; s.albedo=vec3(1);s.normal=n;s.emission=vec3(0);s.rough=1.;s.metal=0.;s.reflect_=0.;s.translucent=0.;s.group=4; ao=1.; t=.01; }
    if(uProbe<.5) s=surfaceAt(form,p,n,lo.xyz,lo.w,nn.w,var,t,max(dot(n,v),0.),ao);
    vec3 N=s.normal; vec3 base=s.albedo*(1.-s.metal); vec3 f0=mix(vec3(.04),s.albedo,s.metal); if(uProbe>.5) f0=vec3(0); float R=s.rough; vec3 aoc=mix(vec3(ao),vec3(1),0.); aoc=ao/(1.-base*.75*(1.-ao)); float contact=mix(.35,1.,ao);
    float ndv=max(dot(N,v),0.); float fres=pow(1.-ndv,5.);
#define ADD(grp,tint,diff,spec) G[grp]+=(tint)*(base*(diff)+(spec));
LIGHTS
    vec3 amb=mix(uAmbientDown,uAmbientUp,N.y*.5+.5); vec3 r=reflect(-v,N); vec3 envc=mix(uAmbientDown,uAmbientUp,smoothstep(-.3,.5,r.y)); if(uSky.x>.5&&uSky.x<1.5&&uInside<.5&&uProbe<.5) envc=mix(envc,airColour(r),.4);
    vec3 fe=f0+(max(vec3(1.-R),f0)-f0)*fres; G[1]+=uTint[1]*(base*amb*aoc+envc*fe*ao*(1.-s.reflect_)*(uProbe<.5?1.:0.));
    if(uProbe<.5){ vec3 em=s.emission; if(uMarks[0]>.5&&s.lamp) em=vec3(0); if(s.group==2) G[2]+=em*uTint[2]; else if(s.group==3) G[3]+=em; else if(s.group==0) G[0]+=em*uTint[0]; else G[4]+=em*uTint[4]; reflectivity=s.reflect_*(.12+.88*fres+.5*s.metal)*ao; reflectivity=clamp(reflectivity,0.,.85); }
    if(uAir.a>0.&&uProbe<.5){ float tr=uInside>.5?exp(-uAir.a*min(t,30.)-uOutside*max(t-30.,0.)):exp(-uAir.a*t*(uSky.x>.5?mix(1.,.75,smoothstep(0.,120.,p.y)):1.)); for(int i=0;i<5;i++) G[i]*=tr; bool outdoors=uSky.x>.5&&uSky.x<1.5&&(uInside<.5||t>30.); vec3 a=outdoors?airColour(rd):uAir.rgb; if(outdoors) G[4]+=a*(1.-tr); else G[1]+=uTint[1]*a*(1.-tr); reflectivity*=tr; }
  }
  if(uProbe<.5){ float jitter=fract(52.9829189*fract(dot(gl_FragCoord.xy,vec2(.06711056,.00583715))));
GLOWS
  }
  vec3 all=G[0]+G[1]+G[2]+G[4]; oKey=vec4(min(G[0],60.),reflectivity); oFill=vec4(min(G[1],60.),luma(all)); oPracticals=vec4(min(G[2],60.),1); oAlarm=vec4(min(G[3],60.),1); oEmission=vec4(min(G[4],60.),1); }
