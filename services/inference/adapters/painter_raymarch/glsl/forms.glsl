// Distance functions of the forms. q is local: +y up, metres.
mat2 rot2(float a){ float c=cos(a),s=sin(a); return mat2(c,-s,s,c); }
float hash1(float n){ return fract(sin(n)*43758.5453); }
float hash2(vec2 p){ p=fract(p*vec2(.1031,.1137)); p+=dot(p,p.yx+33.33); return fract((p.x+p.y)*p.x*7.31+p.y*3.17); }
vec3 hash3(vec2 p){ return vec3(hash2(p),hash2(p+17.3),hash2(p+41.7)); }
float smin(float a,float b,float k){ float h=max(k-abs(a-b),0.)/k; return min(a,b)-h*h*k*.25; }
float smax(float a,float b,float k){ return -smin(-a,-b,k); }

// Close to sin and much cheaper where there is no GPU.
vec3 wave(vec3 x){ vec3 t=abs(fract(x*.159155)*2.-1.)*2.-1.; return t*(1.5-.5*t*t); }
float lumps(vec3 p){ vec3 s=wave(p+1.7*wave(p.yzx*1.3)); return s.x+s.y*s.z; }
float sdBox(vec3 q,vec3 h){ vec3 d=abs(q)-h; return length(max(d,0.))+min(max(d.x,max(d.y,d.z)),0.); }
float sdBox2(vec2 q,vec2 h){ vec2 d=abs(q)-h; return length(max(d,0.))+min(max(d.x,d.y),0.); }
float sdEllipsoid(vec3 q,vec3 r){ float k0=length(q/r),k1=length(q/(r*r)); return k0*(k0-1.)/max(k1,1e-4); }
float sdRod(vec3 q,float r,float h){ vec2 d=vec2(length(q.xz)-r,abs(q.y)-h); return min(max(d.x,d.y),0.)+length(max(d,0.)); }
float sdCylinder(vec3 q,float r,float h,float k){ return sdRod(q-vec3(0,h*.5+k,0),r,h*.5)-k; }
float sdRodZ(vec3 q,float r,float h){ vec2 d=vec2(length(q.xy)-r,abs(q.z)-h); return min(max(d.x,d.y),0.)+length(max(d,0.)); }
float sdRodX(vec3 q,float r,float h){ return sdRodZ(q.zyx,r,h); }
float sdCone(vec3 q,float r,float top,float h){
  float y=clamp(q.y/h,0.,1.); float rr=mix(r,top,y); vec2 d=vec2((length(q.xz)-rr)*.85,abs(q.y-h*.5)-h*.5);
  return min(max(d.x,d.y),0.)+length(max(d,0.)); }
float sdTorus(vec3 q,float R,float r){ return length(vec2(length(q.xz)-R,q.y))-r; }
float sdColumn(vec3 q,float r,float h,float n){
  float a=atan(q.x,q.z); float l=length(q.xz); float taper=1.-.12*q.y/h;
  float fl=.05*r*abs(sin(a*n*.5)); float d=l-(r*taper-fl);
  d=max(d*.8,abs(q.y-h*.5)-h*.5);
  float base=sdRod(q-vec3(0,.12*r,0),r*1.22,.12*r)-.05*r; base=min(base,sdTorus(q-vec3(0,.38*r,0),r*1.06,.12*r));
  float cap=max(l-r*mix(.9,1.5,smoothstep(h-1.2*r,h-.1*r,q.y)),abs(q.y-h+.6*r)-.6*r)*.7;
  float bands=sdTorus(q-vec3(0,h*.5,0),r*taper,.06*r);
  return min(min(d,base),min(cap,bands)); }
float sdPipe(vec3 q,float r,float h,float gap){
  float l=length(q.xy); float d=max(l-r,abs(q.z)-h);
  float z=q.z-gap*round(q.z/gap); float f=max(l-r*1.32,abs(z)-r*.35); f=max(f,abs(q.z)-h); return min(d,f); }
float sdTank(vec3 q,float r,float h){
  float z=max(abs(q.z)-h+r*.6,0.); float d=length(vec3(q.xy,z*1.25))-r; d*=.85;
  float b=abs(abs(q.z)-h*.45)-.05; b=max(length(q.xy)-r*1.035,b); return min(d,b); }
float profile(vec2 q,vec2 h,float c){ vec2 a=abs(q)-h; float d=max(a.x,a.y); float e=(a.x+a.y+c)*.7071; return max(d,e); }
float sdHull(vec3 q,vec3 s,float c){ q.y-=s.y*.5; float d=max(profile(q.xy,s.xy*.5,c),abs(q.z)-s.z*.5); return max(-d,d-.35); }
float sdRoom(vec3 q,vec3 s){ q.y-=s.y*.5; float d=sdBox(q,s*.5); return max(-d,d-.35); }
float sdRib(vec3 q,vec3 s,float c,float depth){
  q.y-=s.y*.5; float o=profile(q.xy,s.xy*.5+.02,c); float i=profile(q.xy,s.xy*.5-depth,c*1.05+depth*.2);
  float d=max(max(o,-i),abs(q.z)-s.z*.5); return max(d,(abs(q.z)-s.z*.5-i)*.7071+.05); }
float sdCave(vec3 q,float r,vec3 st,float rough){
  float k=length(q/st); float d=(r-k)*min(st.x,min(st.y,st.z)); float n=noiseLow(q.xz*.045+q.y*.031)-.5; vec3 w=q*.55+n*3.; float f=lumps(w)*.45+lumps(w.zxy*2.7+4.)*.16;
  d+=rough*(n*2.6+f); return d*.6; }
float sdDome(vec3 q,float r,float h,float ribs){
  vec3 e=vec3(r,h,r); float d=sdEllipsoid(q,e); float shell=d;
  float a=atan(q.x,q.z); float k=6.2832/ribs; float m=abs(mod(a+.5*k,k)-.5*k)*length(q.xz);
  float lat=acos(clamp(q.y/h,0.,1.)); float m2=abs(mod(lat+.13,.2618)-.1309)*h;
  float rib=max(min(m,m2)-.07*r*.18-.03,d-.05-.004*r); float g=min(shell,rib);
  float skirt=sdRod(q-vec3(0,.05*r,0),r*1.03,.05*r)-.03;
  return min(max(g,-q.y),skirt)*.9; }
float sdDoor(vec3 q,vec3 s){
  q.y-=s.y*.5; vec3 h=s*.5; float frame=profile(q.xy,h.xy+vec2(.18,.14),.3); float hole=profile(q.xy,h.xy,.22);
  float d=max(max(frame,-hole),abs(q.z)-h.z); d=max(d,(frame+abs(q.z)-h.z+.05)*.7);
  float leaf=max(hole,abs(q.z)-h.z*.45); leaf=max(leaf,-(max(abs(q.x+.12*sign(q.y)*step(.25*s.y,abs(q.y)))-.012,h.z*.3-abs(q.z))));
  vec2 w=abs(q.xy-vec2(0,s.y*.08))-h.xy*vec2(.62,.55); float inset=max(max(w.x,w.y),h.z*.3-abs(q.z)); leaf=max(leaf,-inset);
  float bar=sdBox(vec3(q.x,abs(q.y+s.y*.14)-.05,abs(q.z)-h.z*.42),vec3(h.x*.5,.018,.03));
  return min(min(d,leaf),bar); }
float sdWindow(vec3 q,vec3 s,float f){
  float o=sdBox2(q.xy,s.xy*.5+f-.06)-.06; float i=sdBox2(q.xy,s.xy*.5-.08)-.08;
  float d=max(max(o,-i),abs(q.z)-s.z*.5); return max(d,(o+abs(q.z)-s.z*.5+.03)*.7); }
float sdConsole(vec3 q,vec3 s){
  vec3 h=s*.5; float base=sdBox(q-vec3(0,h.y*.78,-h.z*.1),vec3(h.x*.94,h.y*.78,h.z*.55))-.02;
  vec3 t=q-vec3(0,s.y*.86,h.z*.02); t.yz=rot2(-.32)*t.yz; float top=sdBox(t,vec3(h.x-.02,.035,h.z*.92))-.02;
  float kick=sdBox(q-vec3(0,.04,h.z*.42),vec3(h.x*.96,.05,.06));
  float cut=sdBox(q-vec3(0,h.y*.7,h.z*.62),vec3(h.x*.62,h.y*.62,h.z*.3))-.03;
  float x=q.x-s.x*.25*clamp(round(q.x/(s.x*.25)),-1.,1.); float key=sdBox(vec3(x,t.y-.058,t.z-.06),vec3(s.x*.085,.012,h.z*.42))-.004;
  return min(min(max(base,-cut),min(top,kick)),key); }
float sdChair(vec3 q){
  float seat=sdBox(q-vec3(0,.48,.02),vec3(.21,.035,.2))-.045; vec3 b=q-vec3(0,.92,-.24); b.yz=rot2(.14)*b.yz;
  b.z+=.35*b.x*b.x; float back=sdBox(b,vec3(.18,.34,.03))-.04; float post=sdRod(q-vec3(0,.25,0),.045,.22);
  float foot=min(sdBox(q-vec3(0,.05,0),vec3(.3,.02,.035)),sdBox(q-vec3(0,.05,0),vec3(.035,.02,.3)))-.015;
  float arm=sdBox(vec3(abs(q.x)-.27,q.y-.68,q.z),vec3(.025,.02,.17))-.015;
  float head=sdBox(q-vec3(0,1.3,-.3),vec3(.11,.07,.03))-.03;
  return min(min(seat,back),min(min(post,foot),min(arm,head))); }
float sdPlant(vec3 q,float r,float h,float n,float v){
  float stem=sdRod(q-vec3(0,h*.3,0),r*.05,h*.3); float d=stem;
  for(int k=0;k<2;k++){
    float fk=float(k); float a=atan(q.x,q.z)+fk*.6+v*6.; float s=6.2832/(n-fk*2.); float c=round(a/s); a-=s*c;
    float l=length(q.xz); vec3 p=vec3(sin(a)*l,q.y-h*(.22+.34*fk),cos(a)*l);
    float reach=r*(1.-.3*fk)*(.75+.25*hash1(c+v*7.+fk)); float x=clamp(p.z/reach,0.,1.);
    p.y-=h*(.55-.2*fk)*(x-x*x*(.85+.3*hash1(c*3.+v)));
    float w=r*.26*sqrt(max(x*(1.-x)*4.,0.))+.004; vec2 e=vec2(abs(p.x)-w,abs(p.y+abs(p.x)*.25)-.006);
    float leaf=max(max(e.x*.75,e.y),p.z-reach); d=min(d,leaf*.55); }
  return d; }
float sdCrops(vec3 q,vec3 s,float cell){
  vec2 lim=floor(s.xz/cell*.5-.01); vec2 c=clamp(round(q.xz/cell),-lim,lim); vec3 p=q; p.xz-=c*cell;
  float v=hash2(c+7.); p.xz=rot2(v*6.)*p.xz; float d=sdPlant(p,cell*.62,s.y*(.65+.5*v),6.,v);
  vec2 e=abs(q.xz)-s.xz*.5; float edge=cell*.5-max(abs(q.x-c.x*cell),abs(q.z-c.y*cell));
  return max(min(d,max(edge,.0)+.04+.006*gAway),q.y-s.y*1.25); }
float sdRock(vec3 q,float r,float h,float seed){
  vec3 s=vec3(1.,h/r,1.); vec3 p=q; p.xz=rot2(seed*2.3)*p.xz; p.x*=1.+.35*sin(seed*5.); p.y/=s.y;
  float d=length(p)-r; for(int i=0;i<6;i++){ float k=seed*7.1+float(i)*2.399; float y=-.2+.2*float(i);
    vec3 n=normalize(vec3(sin(k),y,cos(k))); d=smax(d,dot(p,n)-r*(.66+.2*hash1(k)),r*.07); }
  return (d-lumps(q*(2.6/r)+seed)*r*.07)*min(1.,s.y)*.8; }
float sdRocks(vec3 q,float cell,float size,float density,float clear){
  float d=1e4; if(length(q.xz-uEye.xz)<cell*27.){
    float top=q.y-gGround; d=top-size*1.1;
    if(top<size*1.3){
      vec2 c=floor(q.xz/cell); vec3 h=hash3(c+3.7); vec2 m=fract(q.xz/cell)-.5;
      float edge=(.5-max(abs(m.x),abs(m.y)))*cell+.04+.007*gAway; float far=length((c+.5)*cell);
      d=max(edge,top*.7); float r=size*(.25+.75*h.y*h.y)*.5; vec2 o=(h.yz-.5)*(cell-2.4*r)*.9; vec3 p=vec3(m.x*cell-o.x,top-r*.12,m.y*cell-o.y);
      if(h.x<=density&&far>=clear){ float b=length(p)-r*1.25; d=min(b,edge);
        if(b<r*.35){ p.xz=rot2(h.z*6.)*p.xz; p.x*=.8; float e=length(p)-r; for(int i=0;i<4;i++){ float k=h.x*91.+float(i)*1.9;
          vec3 n=normalize(vec3(sin(k),-.1+.33*float(i),cos(k))); e=max(e,dot(p,n)-r*(.6+.25*hash1(k))); }
          e-=lumps(p*(3./r)+h*9.)*r*.06; d=min(max(e*.8,b*.6),edge); } } } }
  return d; }
float sdTerrain(vec3 q,float steep){ return (q.y-gGround)*steep; }
float sdCrystal(vec3 q,float r,float h,float n,float v){
  q.xz=rot2(v*9.)*q.xz; float d=1e5; for(int i=0;i<7;i++){ float f=float(i)/n; float k=float(i)*2.4,a=sin(k),b=cos(k);
    vec3 p=q-vec3(a,0,b)*r*.55*sqrt(f); p.x-=p.y*a*.8*f; p.z-=p.y*b*.8*f;
    float hh=h*(1.-.6*f*hash1(k+n)); float w=r*(.34-.16*f); vec2 c=abs(p.xz); float hex=max(c.x*.866+c.y*.5,c.y)-w*(1.-.25*p.y/hh);
    float tip=(c.x+c.y)*.55+(p.y-hh)*.5; float e=max(max(hex,tip),-p.y-.2)*.75; d=float(i)<n?min(d,e):d; } return d; }
float sdStalactites(vec3 q,float cell,float len,float r){
  vec2 c=floor(q.xz/cell); vec3 h=hash3(c+1.3); vec2 m=fract(q.xz/cell)-.5; float edge=(.5-max(abs(m.x),abs(m.y)))*cell+.05; float d=max(edge,.05);
  if(h.x>=.45){ float L=len*(.3+.7*h.y*h.y); vec2 o=(h.yz-.5)*cell*.35; vec2 x=m*cell-o;
    float up=-q.y; float k=clamp(up/L,0.,1.); float rr=r*(1.-k)*(1.-.35*k)+.012; rr*=1.+.2*sin(up*9.+h.z*6.);
    float e=max(length(x)-rr,up-L); d=min(e*.6,edge); }
  return max(d,-q.y-len); }
float sdAntenna(vec3 q,float r,float h){
  float mast=sdRod(q-vec3(0,h*.5,0),.05*r+.03,h*.5); vec3 p=q-vec3(0,h,0); p.yz=rot2(.7)*p.yz;
  float l=length(p.xz); float bowl=abs(p.y-l*l*.42/r)-.02; bowl=max(bowl*.7,l-r); float feed=sdRod(p-vec3(0,r*.4,0),.02*r+.01,r*.4);
  float horn=length(p-vec3(0,r*.8,0))-.08*r; vec3 s=q; s.xz=abs(s.xz); vec3 g=s-vec3(.3*r,h*.25,.3*r)*(1.-q.y/(h*.6)); float leg=length(vec2(g.x,g.z))-.025*r-.015;
  leg=max(leg,abs(q.y-h*.3)-h*.3); return min(min(mast,bowl),min(min(feed,horn),leg))*.9; }
float sdWheel(vec3 q,float r,float w){
  float l=length(q.yz); float a=atan(q.y,q.z); float tread=.02*step(.5,fract(a*3.5+sign(q.x)*.2));
  float d=max(l-r+tread,abs(q.x)-w)-.02; float hub=max(l-r*.6,w*.5-abs(q.x)); return max(d,-hub); }
float sdRover(vec3 q,vec3 s){
  vec3 h=s*.5; float r=s.y*.22; float z=q.z-s.z*.34*clamp(round(q.z/(s.z*.34)),-1.,1.);
  float wheel=sdWheel(vec3(abs(q.x)-h.x*.86,q.y-r,z),r,s.x*.09);
  vec3 b=q-vec3(0,s.y*.6,0); float c=profile(b.xy,vec2(h.x*.72,s.y*.3),.45); float nose=(b.y*.55+abs(b.z)-h.z*.93)*.87;
  float body=max(max(c,abs(b.z)-h.z*.94),nose)-.03; float glass=sdBox(b-vec3(0,s.y*.1,h.z*.92),vec3(h.x*.56,s.y*.1,h.z*.18))-.02;
  float chassis=sdBox(q-vec3(0,s.y*.3,0),vec3(h.x*.6,s.y*.06,h.z*.9))-.02;
  float rack=sdBox(q-vec3(0,s.y*.94,-h.z*.2),vec3(h.x*.6,.03,h.z*.5)); rack=max(rack,.09-abs(abs(mod(q.x+.2,.4)-.2)+0.));
  float axle=sdRodX(q-vec3(0,r,s.z*.34*clamp(round(q.z/(s.z*.34)),-1.,1.)),.05,h.x*.86);
  float box=sdBox(vec3(abs(q.x)-h.x*.74,q.y-s.y*.52,q.z+h.z*.3),vec3(.12,s.y*.12,h.z*.22))-.02;
  return min(min(max(body,-glass),wheel),min(min(chassis,axle),box)); }
float sdSeg(vec2 p,vec2 a,vec2 b,float r){ vec2 d=b-a; return length(p-a-d*clamp(dot(p-a,d)/dot(d,d),0.,1.))-r; }
float sdDerrick(vec3 q,float r,float h,float bays){
  float k=clamp(q.y/h,0.,1.); float w=mix(r,r*.28,k); vec3 a=vec3(abs(q.x),q.y,abs(q.z)); float leg=max(length(a.xz-w)-.07*r-.02,abs(q.y-h*.5)-h*.5);
  float bay=h/bays; float y=q.y-bay*clamp(round(q.y/bay),0.,bays); float ring=min(length(vec2(y,a.x-w)),length(vec2(y,a.z-w)))-.035*r-.01;
  ring=max(ring,max(a.x,a.z)-w-.06); float f=mod(q.y,bay)/bay*2.-1.; float dx=min(abs(abs(a.x)-abs(f)*w)*.6,1e3); float dz=abs(abs(a.z)-abs(f)*w)*.6;
  float br=min(length(vec2(dx,a.z-w)),length(vec2(dz,a.x-w)))-.026*r-.01; br=max(br,max(abs(q.y-h*.5)-h*.5,max(a.x,a.z)-w-.06));
  float crown=sdBox(q-vec3(0,h,0),vec3(r*.34,.12,r*.34))-.03; float bit=sdRod(q-vec3(0,h*.5,0),.09*r,h*.5);
  float drum=sdRod(q-vec3(0,h*.42,0),.2*r,.07*h)-.03; float deck=max(sdBox(q-vec3(0,bay*.55,0),vec3(r*1.1,.06,r*1.1)),.22*r-length(q.xz));
  return min(min(min(leg,ring),br),min(min(crown,bit),min(drum,deck)))*.85; }
float sdTruss(vec3 q,vec3 s){
  vec3 h=s*.5; vec3 a=abs(q); float rail=max(length(a.xy-h.xy)-.035,a.z-h.z); float bay=s.x; float z=q.z-bay*round(q.z/bay);
  float f=abs(z)/bay*2.; float b=min(length(vec2(abs(q.x)-f*h.x,a.y-h.y)),length(vec2(abs(q.y)-f*h.y,a.x-h.x)))*.6-.016; b=max(b,a.z-h.z);
  float ring=max(abs(max(a.x-h.x,a.y-h.y))-.02,abs(z)-.02); ring=max(ring,a.z-h.z); return min(rail,min(b,ring)); }
float sdStairs(vec3 q,vec3 s,float n){
  float st=s.z/n; float k=clamp(floor((s.z*.5-q.z)/st),0.,n-1.); float d=1e5; for(int i=0;i<2;i++){ float j=max(k-float(i),0.); float y=s.y*(j+1.)/n;
    vec3 c=vec3(0,y*.5,s.z*.5-st*(j+.5)); d=min(d,sdBox(q-c,vec3(s.x*.5,y*.5,st*.5))); } return min(d,st*.5+.05)*.9; }
float sdCable(vec3 q,float h,float sag,float r){ float x=clamp(q.z/h,-1.,1.); q.y+=sag*(1.-x*x); return (length(vec3(q.xy,max(abs(q.z)-h,0.)))-r)*.7; }
float sdArch(vec3 q,vec3 s,float k){
  float r=s.x*.5; float y=q.y-(s.y-r); float o=length(vec2(q.x,max(y,0.)))-r; float i=length(vec2(q.x,max(y,0.)*1.04))-(r-k);
  float step_=.12*step(.0,sin(q.y*5.)); float d=max(max(o,-i),abs(q.z)-s.z*.5); float trim=max(abs(i+.0)-.12,abs(q.z)-s.z*.56); trim=max(trim,-q.y);
  return max(min(d,trim),-q.y)*.95; }
float sdObelisk(vec3 q,float r,float h,float tw){
  q.xz=rot2(q.y/h*tw)*q.xz; vec2 a=abs(q.xz); float k=q.y/h; float w=r*(1.-.45*k)*(1.+.5*smoothstep(.12,.0,k)); float d=max(max(a.x,a.y),(a.x+a.y)*.76)-w;
  float slit=max(abs(min(a.x,a.y))-.06*r,abs(q.y-h*.5)-h*.36); slit=max(slit,w*.86-max(a.x,a.y)); float tip=(a.x+a.y+ (q.y-h)*.5)*.75;
  return max(max(max(d,tip),-q.y),-slit)*.8; }
float sdDebris(vec3 q,vec3 s,float cell){
  vec2 e=abs(q.xz)-s.xz*.5; float d=max(e.x,e.y); vec2 c=floor(q.xz/cell); vec3 h=hash3(c+9.1); vec2 m=fract(q.xz/cell)-.5;
  float edge=(.5-max(abs(m.x),abs(m.y)))*cell+.03; float heap=1.-clamp(length(q.xz/s.xz)*2.,0.,1.);
  if(d<=cell){ d=max(edge,q.y*.5); if(h.x<=.35+.6*heap){
    vec3 p=vec3(m.x*cell,q.y-heap*s.y*.3*h.y,m.y*cell); p.xz=rot2(h.z*6.)*p.xz; p.xy=rot2(h.y*2.)*p.xy;
    d=min(sdBox(p,cell*vec3(.42,.05+.12*h.z,.12+.25*h.y))-.01,edge); } }
  return d; }
float sdCrate(vec3 q,vec3 h){
  q.y-=h.y; vec3 f=h-.07; vec3 a=abs(q); float body=sdBox(q,h-.035)-.01;
  float edges=max(sdBox(q,h-.015)-.015,-(max(min(a.x-f.x,a.y-f.y),max(min(a.y-f.y,a.z-f.z),min(a.x-f.x,a.z-f.z)))));
  return min(body,edges); }
