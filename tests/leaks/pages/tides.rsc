0:{"b":"71","f":[["children","tides",{"href":"https://www.harbour-news.example/tides"}]]}
1:I[7437,["https://static.harbour-news.example/_next/static/chunks/70.js"],""]
2:T1d,High water at noon, été no.3:["$","img",null,{"src":"https:\u002f\u002fimg.harbour-news.example\u002ftide.png","alt":"//img.harbour-news.example/tide.png"}]
