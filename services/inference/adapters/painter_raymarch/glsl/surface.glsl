// Materials: albedo, roughness, bump and emission from a pattern and its wear, seams, dirt and dust.
uniform vec4 uMaterial[240];   // five vectors a material
uniform float uFormMaterial[64];
uniform vec4 uFormSize[64];    // size of the form, art number
uniform sampler2D uArt;        // screens, 4 x 4
uniform sampler2D uGlyphs;     // alien signs, 4 x 4
uniform sampler2D uPhotos;     // what screens show of a story, 2 x 2
struct Surface { vec3 albedo, normal, emission; float rough, metal, reflect_, translucent; int group; bool lamp; };
vec4 noiseAt(vec2 u,float lod){ return textureLod(uNoise,u,lod); }
float seam(vec2 u,float w){ vec2 a=.5-abs(fract(u)-.5); return smoothstep(w,w*.35,min(a.x,a.y)); }
vec2 plane(vec3 q,vec3 n){ vec3 a=abs(n); return a.y>max(a.x,a.z)?q.xz:(a.x>a.z?q.zy:q.xy); }
float atlasArt(float base,float v){ return mod(base+floor(v*37.),16.); }
vec2 atlas(vec2 u,float k){ u=clamp(u,.004,.996); return (vec2(mod(k,4.),floor(k/4.))+u)*.25; }

void pattern(int kind,vec2 u,vec3 q,vec3 p,vec3 ln,float v,float scale,float lod,vec4 na,vec4 nb,int form,
             inout Surface s,vec3 c1,vec3 c2,out float height,out float grime){
  height=0.; grime=0.; float px=clamp(exp2(lod)/340.,.0015,.2);
  
//P1
  if(kind==1){ // panels
    vec2 g=u/scale; float row=floor(g.y); g.x+=hash1(row*3.1+v)*.7; float wide=1.+floor(hash1(row*7.7)*2.); g.x/=wide;
    vec2 c=floor(g); float h=hash2(c+row*.37+v*9.); float sub=step(.62,h); if(sub>.5){ g=g*vec2(2.,1.); c=floor(g)+31.; h=hash2(c); }
    vec2 m=fract(g); vec2 e=(.5-abs(m-.5))*scale*vec2(sub>.5?wide*.5:wide,1.); float b=min(e.x,e.y); float w=.009+px*.5;
    float gr=smoothstep(w,w*.3,b); height=-gr*.9; grime=gr*.75+.35*smoothstep(.09,.0,b)*na.a;
    s.albedo=mix(c1,c2,step(.8,hash1(h*91.))*.85); s.albedo*=.86+.26*hash1(h*17.); s.rough+=.16*(hash1(h*5.)-.5);
    vec2 r=e-vec2(.035); float bolt=smoothstep(.011+px*.4,.006,length(r)); height+=bolt*.7; s.albedo*=1.-.35*bolt;
    bool big=scale>.3; float fine=step(px,.03);
    if(big){ // rivets along some seams, a milled groove inside others, a painted band along whole rows, stains that ran down
      float along=e.x<e.y?m.y*scale:m.x*scale*wide; float rv=length(vec2(b-.024,(fract(along/.115)-.5)*.115)); float rivet=smoothstep(.0085+px*.4,.0045,rv)*step(.4,hash1(h*23.)); height+=rivet*.6; s.albedo*=1.-.3*rivet;
      float groove=smoothstep(.0075+px*.4,.003,abs(b-.075))*step(hash1(h*43.),.42); height-=groove*.7; s.albedo*=1.-.34*groove; grime+=.3*groove;
      float band=step(.62,hash1(row*5.3+floor(v*7.)))*smoothstep(.062+px*.4,.056,abs(m.y-.36)*scale)*(1.-gr); s.albedo=mix(s.albedo,vec3(.50,.22,.06),band*(.55+.4*step(.35,na.b+.25*nb.g)));
      float run=smoothstep(.6,.86,noiseAt(vec2(u.x*.8+h,u.y*.045),max(lod,0.)).g)*smoothstep(.15,1.,m.y); grime+=.4*run*na.a; s.albedo*=1.-.09*run; }
    if(h>.82&&min(e.x,e.y)>.05&&big){ float vent=smoothstep(.3,.6,abs(fract(m.y*scale*14.)-.5)*2.); vec2 lim=abs(m-.5); float in_=step(max(lim.x,lim.y),.34); height-=vent*in_; s.albedo*=1.-.75*vent*in_; }
    else if(h<.24&&big){ vec2 lim=abs(m-vec2(.5,.28)); float lab=step(lim.x,.22)*step(lim.y,.05); float ink=step(.45,hash2(floor(m*vec2(46.,1.)+h*9.))); s.albedo=mix(s.albedo,mix(vec3(.75,.32,.05),vec3(.03),ink*.8),lab*.85*fine); }
    else if(h<.46&&big){ // an access hatch with its latch and stencilled number
      vec2 d=(m-vec2(.5,.56))*vec2(scale*wide,scale); vec2 o=abs(d)-vec2(.17,.13); float rim=max(o.x,o.y); float cut=smoothstep(.009+px*.4,.004,abs(rim)); float plate=step(rim,0.); height+=plate*.25-cut*.8; grime+=.45*cut; s.albedo*=(1.-.5*cut)*(1.-.14*plate);
      float latch=step(abs(d.x-.115),.018)*step(abs(d.y),.042); height+=latch*.6; s.albedo=mix(s.albedo,vec3(.05),latch*.8);
      vec2 t=floor((d+vec2(.13,-.07))*vec2(95.,110.)); float ink=step(abs(d.x+.075),.062)*step(abs(d.y-.085),.0135)*step(.4,hash2(t+h*13.))*step(.2,fract((d.x+.13)*24.)); s.albedo=mix(s.albedo,vec3(.04,.045,.05),ink*.8*fine); }
  } 
//P2
  if(kind==2){ // tiles
    vec2 g=u/scale; vec2 c=floor(g); float h=hash2(c); vec2 e=(.5-abs(fract(g)-.5))*scale; float w=.007+px*.45;
    float gr=smoothstep(w,w*.3,min(e.x,e.y)); s.albedo=mix(c1,c2,h*.45+.3*(na.r-.5)); s.rough+=.22*(na.g-.5)+.12*(h-.5); grime=gr*.7+.2*na.a; height=-gr*.8; s.reflect_*=(1.-gr)*(.55+.6*na.r);
    float stud=smoothstep(.2,.06,length(fract(u*9.)-.5)); if(h>.72){ height+=stud*.25; s.reflect_*=.5; }
  } 
//P3
  if(kind==3){ // grate
    vec2 g=u/scale; vec2 m=fract(g*vec2(6.,1.)); float bar=smoothstep(.26+px*3.,.30+px*3.,abs(m.x-.5)); float x=smoothstep(.46,.48,abs(fract(g.y*2.)-.5)); float solid=max(bar,x); float fade=smoothstep(.02,.1,px); solid=mix(solid,.55,fade);
    s.albedo=mix(c2*.12,c1,solid); s.rough=mix(.9,s.rough,solid); s.reflect_*=solid; height=solid*.8; grime=.3*(1.-solid);
  } 
//P4
  if(kind==4){ // brushed
    float b=noiseAt(u*vec2(.06,2.1)/scale,max(lod-1.,0.)).g; s.albedo=mix(c1,c2,.25*b+.25*na.r); s.rough+=.2*(b-.5); height=.12*b;
  } 
//P5
  if(kind==5){ // stripes
    float d=fract((u.x+u.y)/scale); float k=smoothstep(.5-px*2.,.5+px*2.,abs(d-.5)*2.); s.albedo=mix(c1,c2,k); grime=.5*nb.b;
  } 
//P6
  if(kind==6){ // regolith
    float n2=noiseAt(p.xz*.31,max(lod+1.,0.)).r; float st=noiseLow(vec2(p.y*.013,.3))*.6+noiseLow(vec2(p.y*.05+n2*.02,.7))*.4; float steep=smoothstep(.86,.6,ln.y);
    vec3 sand=mix(c1,c2,clamp(.5+1.3*(na.r-.5)+.5*(n2-.5),0.,1.)); vec3 cliff=mix(c2*.75,c1*1.15,smoothstep(.32,.68,st)); s.albedo=mix(sand,cliff,steep);
    float fine=nb.g-.5; s.albedo*=1.+.5*fine; float rip=sin((p.x*.8+p.z*.6+3.*(noiseLow(p.xz*.02)-.5)*6.+.5*na.r)*5.2)*.5+.5; float flat_=smoothstep(.9,.99,ln.y)*smoothstep(.12,.0,px*.35);
    height=nb.g*.55+nb.r*1.3+.32*rip*flat_*smoothstep(.35,.6,noiseLow(p.xz*.011)); float peb=smoothstep(.66,.78,noiseAt(p.xz*.9,max(lod+2.,0.)).g)*smoothstep(.05,.0,px); s.albedo=mix(s.albedo,c2*.45,peb*.6*(1.-steep)); height+=peb*.7;
    height+=steep*st*2.;
  } 
//P7
  if(kind==7){ // rock
    float st=noiseLow(vec2(p.y*.11+na.r*.05,.3)); s.albedo=mix(c1,c2,clamp(.25+.9*na.r*.6+.5*(st-.5),0.,1.))*(.72+.56*nb.g); height=nb.g*1.2+na.r*1.6+st*.6; grime=.25*nb.a;
  } 
//P8
  if(kind==8){ // blocks
    vec2 g=u/scale; float row=floor(g.y); g.x+=.5*mod(row,2.)+.2*hash1(row); vec2 c=floor(g); float h=hash2(c); vec2 e=(.5-abs(fract(g)-.5))*scale; float b=min(e.x,e.y); float w=.016+px*.5; float chip=.03*smoothstep(.5,.8,na.a);
    float gr=smoothstep(w+chip,(w+chip)*.3,b); s.albedo=mix(c1,c2,h*.6+.5*(na.r-.4))*(.8+.4*nb.g); height=-gr*1.2+.5*nb.g+.5*na.r; grime=gr*.8; vec2 f=fract(g); float line=smoothstep(.012+px,.004,abs(max(abs(f.x-.5),abs(f.y-.5))-.3)); if(h>.55){ height-=line*.8; s.albedo*=1.-.5*line; }
  } 
//P9
  if(kind==9){ // glyph
    vec2 z=q.xy/uFormSize[form].xy; float k=mod(uFormSize[form].w+floor(v*61.),16.); vec2 w=vec2(z.x,-z.y)+.5; float m=textureLod(uGlyphs,atlas(w,k),max(lod-1.5,0.)).r; if(abs(ln.z)<.5) m=0.;
    s.albedo=mix(c1,c2,na.r)*(.7+.5*nb.g); height=nb.g*.4-m; s.emission*=m*(1.1+.5*na.r); s.albedo*=1.-.7*m;
  } 
//P10
  if(kind==10){ // screen
    vec2 z=q.xy/uFormSize[form].xy; vec2 w=vec2(z.x,-z.y)*1.07+.5; float k=mod(uFormSize[form].w+floor(v*61.),16.); s.rough=.12; vec3 em=vec3(0);
    if(abs(ln.z)>.6&&max(abs(w.x-.5),abs(w.y-.5))<.5){ vec2 a=atlas(w,k); float l=max(log2(px*1.6*1024./max(uFormSize[form].x,.1)*.25),0.);
      em=uMarks[2]>.5?vec3(.25,1.,.72)*textureLod(uGlyphs,atlas(fract(w*vec2(3.,2.)),mod(k+floor(w.x*3.)*5.+floor(w.y*2.)*3.,16.)),l+1.).r+vec3(.0,.035,.03):textureLod(uArt,a,l).rgb;
      float shown=uMarks[5]>.5?0.:uMarks[6]>.5?1.:uMarks[7]>.5?2.:uMarks[8]>.5?3.:-1.; if(shown>=0.){ vec2 b=clamp(vec2(w.x,.5+(w.y-.5)*uFormSize[form].y/uFormSize[form].x),.004,.996); em=textureLod(uPhotos,(vec2(mod(shown,2.),floor(shown*.5))+b)*.5,l+1.).rgb*.62; }
      em=em*em; em+=vec3(.004,.010,.013); em*=.93+.07*sin(w.y*420.)*step(px,.003); float vg=(w.x-.5)*(w.x-.5)+(w.y-.5)*(w.y-.5); em*=1.15-.9*vg; }
    s.albedo=vec3(.012); s.emission*=em; s.metal=0.; if(uMarks[0]>.5) s.emission=vec3(0);
  } 
//P11
  if(kind==11){ // leaf
    float l=hash1(v*71.); s.albedo=mix(c1,c2,.6*na.r+.4*l)*(.7+.6*nb.g); s.translucent=.55; height=.3*na.g;
  } 
//P12
  if(kind==12){ // facets of a dome
    vec3 f=uFormSize[form].xyz; float a=atan(q.x,q.z)*1.9098593*2.; float h=acos(clamp(q.y/max(f.y,.1),0.,1.))*3.8197; vec2 c=floor(vec2(a,h)); float k=hash2(c+v*7.); vec2 e=.5-abs(fract(vec2(a,h))-.5); float b=min(e.x,e.y); float gr=smoothstep(.035+px*.2,.01,b); s.albedo=mix(c1,c2,step(.7,k)*.8)*(.86+.28*k); height=-gr; grime=gr*.6+.4*na.a*smoothstep(.45,.0,q.y/max(f.y,.1)); s.emission*=step(.86,k)*(1.-gr)*step(.06,b)*(.4+.6*hash1(k*77.));
  } 
//P13
  if(kind==13){ // lit windows in a wall
    vec2 g=u/scale; vec2 c=floor(g); float h=hash2(c+v*13.); vec2 m=abs(fract(g)-.5); float in_=smoothstep(.33+px,.31,m.x)*smoothstep(.24+px,.22,m.y); float frame=smoothstep(.40+px,.38,m.x)*smoothstep(.31+px,.29,m.y)-in_; vec2 e=(.5-m)*scale; float gr=smoothstep(.012+px*.4,.004,min(e.x,e.y)); s.albedo=mix(c1,c2,frame)*(.9+.2*h); s.albedo=mix(s.albedo,vec3(.015),in_); s.rough=mix(s.rough,.15,in_); height=-gr-in_*.8+frame*.3; grime=gr*.6; s.emission*=in_*step(.45,h)*(.35+.9*hash1(h*31.))*(.75+.5*(1.-m.y*2.));
  } 
//P14
  if(kind==14){ // water
    s.albedo=c1*(.6+.5*na.r); s.rough=.04; height=.16*nb.r; 
  } 
//P15
  if(kind==15){ vec2 f=fract(u*vec2(60.,60.)/scale); s.albedo=mix(c1,c2,na.r*.7)*(.85+.2*step(.5,f.x)*step(px,.008)); height=.3*nb.g; }
  
//P16
  if(kind==16){ s.albedo=mix(c1,c2,na.r); s.emission*=.35+1.1*nb.r*nb.r+.5*pow(clamp(q.y/max(uFormSize[form].y,.2),0.,1.),2.); s.translucent=.5; height=.2*nb.g; }
  
//P0
  if(kind==0){ s.albedo=mix(c1,c2,.5*na.r+.35*nb.r-.1); height=.25*nb.g; grime=.25*na.a; }
//P99
}
Surface surfaceAt(int form,vec3 p,vec3 n,vec3 q,float yaw,float wear,float v,float t,float ndv,float ao){
  Surface s; int m=int(uFormMaterial[form])*5; vec4 A=uMaterial[m],B=uMaterial[m+1],C=uMaterial[m+2],D=uMaterial[m+3],E=uMaterial[m+4];
  s.albedo=A.rgb; s.rough=A.a; s.metal=B.a; s.emission=C.rgb; s.group=int(C.a); s.lamp=E.z>.5; s.reflect_=E.y; s.translucent=0.; s.normal=n;
  int kind=int(D.x); vec3 ln=n; ln.xz=rot2(yaw)*n.xz; vec3 w=(kind==6||kind==7)?p:q; vec2 u=plane(w,(kind==6||kind==7)?n:ln);
  float foot=t/(uFocal*max(ndv,.18)); float la=max(log2(foot*512.*.21),0.),lb=max(log2(foot*512.*1.7),0.);
  vec2 off=vec2(v*5.3,v*3.1); vec4 na=noiseAt(u*.21+off,la),nb=noiseAt(u*1.7+off,lb); float height,grime; float lod=max(log2(foot*340.),-2.);
  pattern(kind,u,q,p,ln,v,D.y,lod,na,nb,form,s,A.rgb,B.rgb,height,grime);
  float bump=E.x*clamp(.02/foot,0.,1.); 
  if(bump>.01){ // central differences of the noise and of the seams, in the pattern's plane
    float e=max(foot*1.2,.004); vec2 du=vec2(e,0); vec4 nx=noiseAt((u+du)*1.7+off,lb),ny=noiseAt((u+du.yx)*1.7+off,lb); vec4 mx=noiseAt((u+du*4.)*.21+off,la),my=noiseAt((u+du.yx*4.)*.21+off,la);
    vec2 gd=vec2(nx.g+nx.r-nb.g-nb.r,ny.g+ny.r-nb.g-nb.r)*.018/e+vec2(mx.r-na.r,my.r-na.r)*.05/(4.*e); if(kind!=6&&kind!=7&&kind!=8) gd*=.18;
    float hx=dFdx(height),hy=dFdy(height); vec3 dx=dFdx(p),dy=dFdy(p); vec3 r1=cross(dy,n),r2=cross(n,dx); float det=dot(dx,r1); vec3 sg=abs(det)>1e-12?sign(det)*(hx*r1+hy*r2)/max(abs(det),foot*foot*.3):vec3(0); float sl=length(sg)*.011; sg*=.011/max(1.,sl*1.4);
    vec3 a=abs((kind==6||kind==7)?n:ln); vec3 g3=a.y>max(a.x,a.z)?vec3(gd.x,0,gd.y):(a.x>a.z?vec3(0,gd.y,gd.x):vec3(gd.x,gd.y,0)); if(kind!=6&&kind!=7) g3.xz=rot2(-yaw)*g3.xz;
    vec3 b=(g3-n*dot(g3,n))*(kind==6?.75:1.)+sg; s.normal=normalize(n-b*bump); }
  float dirt=D.z,worn=D.w;
  float concave=smoothstep(.85,.25,ao); float g=clamp(grime*.9+concave*(.25+.9*na.a)+.38*smoothstep(.42,1.,na.a)*(.4+nb.r),0.,1.)*dirt;
  s.albedo*=mix(vec3(1),vec3(.30,.26,.22),g); s.rough=mix(s.rough,.88,g*.7); s.reflect_*=1.-g*.55;
  float edge=smoothstep(.35,.75,wear*(.55+.9*nb.g))*worn; float scr=smoothstep(.5,.85,nb.b)*worn*.45*smoothstep(.02,.004,foot);
  float bare=clamp(edge+scr*.5,0.,1.); if(kind!=10&&kind!=11&&kind!=6&&kind!=14) { s.albedo=mix(s.albedo,mix(s.albedo*1.5+.06,vec3(.42,.40,.37),s.metal*.7+.2),bare*.8); s.rough=mix(s.rough,.38,bare*.6); }
  if(uMarks[3]>.5&&kind!=10){ float settle=smoothstep(.25,.85,n.y)*.85+.22*smoothstep(1.6,.0,p.y)*(1.-abs(n.y)); float k=clamp(settle*(.45+1.1*na.r)*(.6+.8*nb.r),0.,.95); s.albedo=mix(s.albedo,vec3(.40,.20,.10),k); s.rough=mix(s.rough,.95,k); s.reflect_*=1.-k; s.metal*=1.-k; }
  s.rough=clamp(s.rough,.05,1.); return s; }
