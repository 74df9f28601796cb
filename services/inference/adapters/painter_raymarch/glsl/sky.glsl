// The sky of Mars, open space, or none; and the colour of the air towards a direction.
uniform vec3 uSun, uSunColour, uZenith, uHorizon, uHalo;
uniform vec4 uSky;        // kind 0 none 1 mars 2 space, stars, clouds, moons
uniform vec4 uPlanet;     // direction, angular radius
uniform vec3 uPlanetColour;
uniform vec4 uAir;        // colour, extinction
// Stars of many brightnesses and colours, denser along a milky band.
vec3 starField(vec3 d){ vec3 a=abs(d); vec2 u=a.y>max(a.x,a.z)?d.xz/a.y:(a.x>a.z?d.zy/a.x:d.xy/a.z); vec3 s=vec3(0); float lat=dot(d,normalize(vec3(.46,.62,.63))); float cloud=noiseLow(d.xy*.31+d.z*.17)*.65+noiseLow(d.zy*1.1+.3)*.35; float band=exp(-lat*lat*14.)*smoothstep(.3,.75,cloud);
  for(int i=0;i<2;i++){ vec2 g=u*(i==0?60.:150.); vec2 c=floor(g); vec3 h=hash3(c+float(i)*57.+(a.y>max(a.x,a.z)?11.:a.x>a.z?29.:3.)); float r=length(fract(g)-.5-(h.xy-.5)*.7); float b=pow(h.z,i==0?46.:30.-16.*band); s+=mix(vec3(1.,.82,.66),vec3(.72,.84,1.),h.x)*b*smoothstep(.09+.16*b,.0,r)*(i==0?4.2:1.7); } return s+vec3(.050,.056,.085)*band; }
vec3 airColour(vec3 rd){ float c=max(dot(rd,uSun),0.); return mix(uZenith,uHorizon,pow(1.-max(rd.y,0.),3.2))+uHalo*(pow(c,6.)*.35+pow(c,40.)*.6); }
// Phobos as it hangs over Mars: a potato with one great crater. q: in its longer radii, x right, y up. Height towards us.
float phobosHeight(vec2 q){ float h=sqrt(max(1.-dot(q,q),0.))+.16*(noiseAt(q*.055+.21,0.).r-.5)+.07*(noiseAt(q*.19+.63,0.).g-.5);
  vec3 pits[5]=vec3[](vec3(-.38,.16,.36),vec3(.42,-.30,.17),vec3(.20,.42,.13),vec3(-.10,-.46,.15),vec3(.62,.18,.11));
  for(int i=0;i<5;i++){ float d=length(q-pits[i].xy)/pits[i].z; h+=pits[i].z*(.16*exp(-pow((d-1.)*3.2,2.))-.42*smoothstep(1.,.25,d)); } return h+.010*sin(q.y*26.+q.x*9.)*smoothstep(.2,.5,q.x+.4); }
vec3 phobos(vec3 rd,vec3 behind){ const vec3 at=normalize(vec3(-.27,.33,-.90)); if(dot(rd,at)<.9) return behind; vec3 x=normalize(cross(at,vec3(.25,1.,0.))),y=cross(x,at); vec2 q=vec2(dot(rd,x),dot(rd,y)*1.26)/.072; float a=atan(q.y,q.x); float edge=.93+.16*(noiseAt(vec2(cos(a),sin(a))*.05+.4,0.).r-.5); q/=edge; float r=length(q); if(r>1.06) return behind;
  float e=.02; float h=phobosHeight(q); vec3 n=normalize(x*(h-phobosHeight(q+vec2(e,0)))/e+y*(h-phobosHeight(q+vec2(0,e)))/e-at); float grain=.75+.5*noiseAt(q*.35+.5,0.).g; vec3 lit=vec3(.30,.255,.225)*grain*(uSunColour*max(dot(n,uSun),0.)*.42+uPlanetColour*.05*max(dot(n,uPlanet.xyz),0.)); return mix(behind,lit,smoothstep(1.03,.99,r)); }
// Curtains of green light along the planet's edge, brightest where it is night. t: along the limb; h: over it, below 0 on the disc.
vec3 aurora(vec3 t,float h){ vec3 e=normalize(cross(uPlanet.xyz,vec3(0,1,0))); vec2 w=vec2(dot(t,e),dot(t,cross(e,uPlanet.xyz))); float rays=(.30+.9*noiseAt(w*.30+.21,0.).r)*(.55+.9*noiseAt(w*1.7+.5+h*.004,0.).g); float night=.25+.75*smoothstep(.5,-.3,dot(t,uSun)); float curtain=h>0.?exp(-h*1.35)*(.55+.45*smoothstep(0.,.6,h)):exp(h*.75)*.55;
  return mix(vec3(.07,1.,.36),vec3(.40,.24,.85),smoothstep(1.,3.6,h))*curtain*rays*night*.56; }
vec3 skyAt(vec3 rd){
  if(uSky.x<.5) return vec3(0);
  if(uSky.x<1.5){
    float y=max(rd.y,0.); float k=pow(1.-y,3.2); vec3 c=mix(uZenith,uHorizon,k); float m=max(dot(rd,uSun),0.); c+=uHalo*(pow(m,6.)*.35+pow(m,40.)*.6+pow(m,350.)*1.6);
    vec2 u=rd.xz/(rd.y+.12); float cl=noiseLow(u*.035+.2)*.6+noiseLow(u*vec2(.11,.05)+.5)*.4; float veil=smoothstep(.45,.85,cl)*uSky.z*smoothstep(.0,.22,rd.y); c=mix(c,(uHorizon*1.15+uHalo*pow(m,4.)*.7),veil*.55);
    float n=uSky.y*smoothstep(.02,.3,rd.y)*(1.-veil); if(n>.01) c+=starField(rd)*n*.6;
    if(uSky.w>.01){ vec3 md=normalize(vec3(-.42,.52,-.74)); float a=dot(rd,md); float e=length(rd-md); float disc=smoothstep(.030,.027,e); float lit=smoothstep(-.4,.7,dot(normalize(rd-md),uSun)+.25); c+=uSky.w*vec3(.75,.68,.6)*disc*lit*(.7+.5*noiseLow((rd.xy-md.xy)*6.)); }
    float disc=smoothstep(.99962,.99975,dot(rd,uSun)); return c+uSunColour*disc*6.; }
  vec3 c=vec3(.0022,.0028,.0042); float nb=noiseLow(rd.xy*.23+.1)*noiseLow(rd.zy*.31+.4); c+=vec3(.035,.02,.05)*pow(nb*2.,3.)*.5+vec3(.01,.03,.05)*pow(noiseLow(rd.zx*.2+.7),4.);
  c+=starField(rd)*uSky.y; float m=dot(rd,uSun); c+=uSunColour*(smoothstep(.9995,.99965,m)*30.+pow(max(m,0.),900.)*2.2+pow(max(m,0.),60.)*.12);
  if(uPlanet.w>0.){ float cosr=cos(uPlanet.w),d=dot(rd,uPlanet.xyz); float ang=acos(clamp(d,-1.,1.)); vec3 rim=rd-uPlanet.xyz*d; vec3 t=normalize(rim+1e-6); float x=sin(ang)/sin(uPlanet.w);
    if(x<1.&&d>0.){ vec3 n=normalize(t*x-uPlanet.xyz*sqrt(1.-x*x)); vec3 east=normalize(cross(uPlanet.xyz,vec3(0,1,0))); vec2 u=vec2(dot(n,east),dot(n,cross(east,uPlanet.xyz)))*.48/(1.-dot(n,uPlanet.xyz))+.17; float w1=noiseLow(u*.9+.13),w2=noiseAt(u*3.1+w1*.05,0.).r,w3=noiseAt(u*9.+w2*.04,0.).g; float land=w1*.62+w2*.3+w3*.22; vec3 a=mix(uPlanetColour*.30,uPlanetColour*1.15,smoothstep(.36,.74,land)); a*=.72+.56*w2; float lat=n.x*.85-n.z*.35+n.y*.2; a=mix(a,vec3(.72,.66,.6),smoothstep(.93,.97,abs(lat)+.12*(w2-.5))); float canyon=smoothstep(.02,.0,abs(n.y+.12+.12*(w1-.5)-.06*(w2-.5)))*smoothstep(.6,.2,abs(n.x-.1)); a*=1.-.6*canyon; float cl=smoothstep(.55,.8,noiseAt(u*vec2(2.,4.)+w2*.08+.37,0.).r); a=mix(a,vec3(.8,.74,.7),cl*.35);
      float l=dot(n,uSun); float day=smoothstep(-.08,.55,l); float f=pow(x,5.); c=a*uSunColour*day*.27+vec3(.002,.002,.004); c+=mix(uPlanetColour*1.4,vec3(.55,.7,1.),.45)*f*day*.30; }
    else { float h=(ang-uPlanet.w)/.05; float l=smoothstep(-.35,.6,dot(t,uSun)-.0*d); c+=mix(uPlanetColour*1.5,vec3(.5,.7,1.),.5)*exp(-h*2.6)*l*.35*step(0.,h); }
    if(uMarks[4]>.5&&d>0.) c+=aurora(t,(ang-uPlanet.w)/.05);
  }
  return uSky.w>.01?phobos(rd,c):c; }
